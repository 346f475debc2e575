// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IWorkingDays} from "../../../contracts/calendar/IWorkingDays.sol";
import {WorkingDays} from "../../../contracts/calendar/WorkingDays.sol";
import {IConsortium, Role, Scope} from "../../../contracts/consortium/IConsortium.sol";
import {CoreTest} from "../support/CoreTest.sol";
import {vm} from "../support/Vm.sol";

contract WorkingDaysTest is CoreTest {
    // 2026-01-01 is a Thursday.
    uint32 private constant SATURDAY = 20_456;
    uint32 private constant SUNDAY = 20_457;
    uint32 private constant MONDAY = 20_458;

    WorkingDays private workingDays;

    function setUp() public override {
        super.setUp();
        workingDays = new WorkingDays(consortium);
    }

    // -------------------------------------------------------------------------------------------------------- who may, what

    function test_onlyTheRegulatorPublishes() public {
        uint256[] memory given = none(1);
        address[6] memory others = [platform, bank, arbitrator, guarantor, observer, stranger];
        Role[6] memory roles = [Role.Platform, Role.Bank, Role.Arbitrator, Role.Guarantor, Role.Observer, Role.None];
        for (uint256 i = 0; i < 6; ++i) {
            vm.prank(others[i]);
            vm.expectRevert(
                abi.encodeWithSelector(IConsortium.ConsortiumSeatNotAllowed.selector, others[i], uint8(roles[i]))
            );
            workingDays.publish(1, START, 31, given);
        }
        address key = registerKey(regulator, 0xE1, bits(Scope.Approve), 0);
        vm.prank(key);
        vm.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumScope.selector, key, uint8(Scope.Supervise)));
        workingDays.publish(1, START, 31, given);
        key = registerKey(regulator, 0xE2, bits(Scope.Supervise), 0);
        vm.prank(key);
        workingDays.publish(1, START, 31, given);
    }

    function test_calendarZeroKnowsNoHolidayAndIsNeverPublished() public {
        vm.assertEq(workingDays.payableBy(0, SATURDAY), SATURDAY);
        vm.assertTrue(workingDays.isWorkingDay(0, SATURDAY));
        publishFails(0, START, 10, none(1), abi.encodeWithSelector(IWorkingDays.WorkingDaysUnknown.selector, 0));
    }

    function test_refusesToAnswerForACalendarThatWasNeverPublished() public {
        bytes memory error = abi.encodeWithSelector(IWorkingDays.WorkingDaysUnknown.selector, 7);
        vm.expectRevert(error);
        workingDays.payableBy(7, START);
        vm.expectRevert(error);
        workingDays.isWorkingDay(7, START);
        (uint32 from, uint32 through, uint32 version) = workingDays.published(7);
        vm.assertEq(uint256(from) + through + version, 0);
    }

    // ------------------------------------------------------------------------------------------------------------- publishing

    /// @notice By hand: 1 to 4 January closed (New Year, Friday off, weekend), Sunday the 11th a working day in exchange.
    function test_publishedDaysDecideWhetherWeekendsOrNot() public {
        uint256 bits_ = 15; // 1 to 4 January
        bits_ |= 1 << 9; // Saturday 10 January
        vm.expectEmit();
        emit IWorkingDays.WorkingDaysPublished(1, START, START + 10, 1);
        publish(1, START, 11, word(bits_));
        vm.assertEq(workingDays.payableBy(1, START), START + 4);
        vm.assertEq(workingDays.payableBy(1, SUNDAY), MONDAY);
        vm.assertEq(workingDays.payableBy(1, MONDAY), MONDAY);
        vm.assertEq(workingDays.payableBy(1, START + 9), START + 10, "the Saturday is closed, the Sunday is not");
        vm.assertTrue(workingDays.isWorkingDay(1, START + 10));
        vm.assertFalse(workingDays.isWorkingDay(1, START + 3));
        // Beyond what is published, and before: Monday to Friday.
        vm.assertEq(workingDays.payableBy(1, SATURDAY + 14), MONDAY + 14);
        vm.assertEq(workingDays.payableBy(1, START - 5), START - 3, "Saturday 27 December 2025");
        // Another calendar knows nothing of it.
        publish(2, START, 11, none(1));
        vm.assertEq(workingDays.payableBy(2, START), START);
    }

    function test_holidayAtTheEndOfWhatIsPublishedLeadsIntoTheWeekendAfterIt() public {
        publish(1, START, 2, word(3)); // Thursday and Friday; Saturday and Sunday are not published
        vm.assertEq(workingDays.payableBy(1, START), MONDAY);
    }

    function test_nextYearGoesOnWhereTheLastEnded() public {
        publish(1, START, 365, none(2));
        bytes memory error = abi.encodeWithSelector(IWorkingDays.WorkingDaysRange.selector, 1, START + 364, START + 365);
        publishFails(1, START + 364, 2, none(1), error);
        error = abi.encodeWithSelector(IWorkingDays.WorkingDaysRange.selector, 1, START + 366, START + 365);
        publishFails(1, START + 366, 2, none(1), error);
        error = abi.encodeWithSelector(IWorkingDays.WorkingDaysRange.selector, 1, START, START + 365);
        publishFails(1, START, 365, none(2), error);
        publish(1, START + 365, 2, word(3));
        (uint32 from, uint32 through, uint32 version) = workingDays.published(1);
        vm.assertEq(from, START);
        vm.assertEq(through, START + 366);
        vm.assertEq(version, 2);
        vm.assertEq(
            workingDays.payableBy(1, START + 365), START + 368, "Friday and Saturday closed, Sunday not published"
        );
    }

    /// @notice Days that passed without a publication were working days from Monday to Friday, and stay so.
    function test_publishingLateChangesNoDayThatPassed() public {
        publish(1, START, 2, none(1));
        closeThrough(START + 19); // the business date is Wednesday 21 January
        bytes memory error = abi.encodeWithSelector(IWorkingDays.WorkingDaysRange.selector, 1, START + 2, START + 21);
        publishFails(1, START + 2, 100, none(1), error);
        error = abi.encodeWithSelector(IWorkingDays.WorkingDaysRange.selector, 1, START + 20, START + 21);
        publishFails(1, START + 20, 100, none(1), error);
        publish(1, START + 21, 10, word(1)); // Thursday closed
        vm.assertEq(workingDays.payableBy(1, START + 2), MONDAY);
        vm.assertEq(workingDays.payableBy(1, START + 9), START + 11);
        vm.assertTrue(workingDays.isWorkingDay(1, START + 20));
        vm.assertEq(workingDays.payableBy(1, START + 21), START + 22);
        vm.assertTrue(workingDays.isWorkingDay(1, START + 23), "published Saturday");
    }

    function test_refusesLengthsAndWordsThatDontMatch() public {
        uint256[2][6] memory wrong = [
            [uint256(0), 0], [uint256(0), 1], [uint256(801), 4], [uint256(256), 2], [uint256(257), 1], [uint256(800), 3]
        ];
        for (uint256 i = 0; i < 6; ++i) {
            publishFails(
                1,
                START,
                uint32(wrong[i][0]),
                none(wrong[i][1]),
                abi.encodeWithSelector(IWorkingDays.WorkingDaysLength.selector, 1, uint32(wrong[i][0]), wrong[i][1])
            );
        }
        publish(1, START, 800, none(4));
    }

    function test_foundsNoCalendarThatNothingCouldReach() public {
        publishFails(
            1,
            START + 801,
            10,
            none(1),
            abi.encodeWithSelector(IWorkingDays.WorkingDaysRange.selector, 1, START + 801, START)
        );
        publish(1, START + 800, 10, none(1));
    }

    // ------------------------------------------------------------------------------------------------------------------ fuzz

    /// @notice Two publications with random bits, compared day by day with what was published.
    function testFuzz_everyDayIsAsPublished(
        uint256[8] memory bits_,
        uint16 from,
        uint16 first,
        uint16 second,
        uint16 at
    ) public {
        from = uint16(START - 300 + from % 1000);
        first = 1 + first % 800;
        second = 1 + second % 800;
        // What ended before today can't be continued without a gap.
        vm.assume(uint256(from) + first > START);
        publish(1, from, first, words(bits_, 0, first));
        publish(1, uint32(from) + first, second, words(bits_, 4, second));

        uint32 day = uint32(from) - 10 + at % (uint32(first) + second + 20);
        vm.assertEq(workingDays.isWorkingDay(1, day), !closedInModel(bits_, from, first, second, day));
        uint32 expected = day;
        while (closedInModel(bits_, from, first, second, expected)) ++expected;
        vm.assertEq(workingDays.payableBy(1, day), expected);
    }

    function closedInModel(uint256[8] memory bits_, uint32 from, uint32 first, uint32 second, uint32 day)
        private
        pure
        returns (bool)
    {
        if (day < from || day >= from + first + second) return day % 7 == 2 || day % 7 == 3; // 1970-01-03 was a Saturday
        uint256 i = day - from;
        uint256 base;
        if (i >= first) {
            i -= first;
            base = 4;
        }
        return (bits_[base + i / 256] >> (i % 256)) % 2 == 1;
    }

    // ------------------------------------------------------------------------------------------------------------- internals

    function words(uint256[8] memory bits_, uint256 base, uint256 length) private pure returns (uint256[] memory list) {
        list = new uint256[]((length + 255) / 256);
        for (uint256 i = 0; i < list.length; ++i) {
            list[i] = bits_[base + i];
        }
    }

    function word(uint256 bits_) private pure returns (uint256[] memory list) {
        list = new uint256[](1);
        list[0] = bits_;
    }

    function none(uint256 count) private pure returns (uint256[] memory) {
        return new uint256[](count);
    }

    function publish(uint16 number, uint32 from, uint32 length, uint256[] memory closed) private {
        vm.prank(regulator);
        workingDays.publish(number, from, length, closed);
    }

    function publishFails(uint16 number, uint32 from, uint32 length, uint256[] memory closed, bytes memory error)
        private
    {
        vm.prank(regulator);
        vm.expectRevert(error);
        workingDays.publish(number, from, length, closed);
    }
}
