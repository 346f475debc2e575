// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Calendar} from "../../../contracts/calendar/Calendar.sol";
import {ICalendar} from "../../../contracts/calendar/ICalendar.sol";
import {Consortium} from "../../../contracts/consortium/Consortium.sol";
import {IConsortium, Role, Scope} from "../../../contracts/consortium/IConsortium.sol";
import {ICustodyToken} from "../../../contracts/escrow/ICustodyToken.sol";
import {CoreTest} from "../support/CoreTest.sol";
import {vm} from "../support/Vm.sol";

/// @notice See CloseDay.tree.
contract CalendarTest is CoreTest {
    function test_closingADayMovesTheBusinessDateToTheNext() public {
        vm.startPrank(bank);
        token.attest(START, "statement", 0, 0, 0);
        vm.expectEmit();
        emit ICalendar.DayClosed(START, START + 1, "statement");
        calendar.closeDay(START, "statement");
        vm.assertEq(today(), START + 1);
    }

    function test_oneClosingMaySkipDaysWithoutBankBusiness() public {
        closeThrough(START + 8);
        vm.assertEq(today(), START + 9);
    }

    function test_refusesADayThatIsClosed() public {
        closeThrough(START + 3);
        vm.prank(bank);
        vm.expectRevert(abi.encodeWithSelector(ICalendar.CalendarDayClosed.selector, START + 3, START + 4));
        calendar.closeDay(START + 3, keccak256(abi.encode("statement", START + 3)));
    }

    function test_refusesADayOrStatementThatIsNotAttested() public {
        vm.startPrank(bank);
        vm.expectRevert(abi.encodeWithSelector(ICalendar.CalendarNotAttested.selector, START, bytes32("a")));
        calendar.closeDay(START, "a");
        token.attest(START, "a", 0, 0, 0);
        vm.expectRevert(abi.encodeWithSelector(ICalendar.CalendarNotAttested.selector, START, bytes32("b")));
        calendar.closeDay(START, "b");
        vm.expectRevert(abi.encodeWithSelector(ICalendar.CalendarNotAttested.selector, START + 1, bytes32("a")));
        calendar.closeDay(START + 1, "a");
        token.attest(START, "b", 0, 0, 0);
        calendar.closeDay(START, "b");
    }

    function test_refusesADayWhoseTokensMovedSinceTheAttestation() public {
        fundedLender(0, 1000);
        vm.prank(bank);
        token.attest(START, "a", 1000, 0, 0);
        (uint32 through, bytes32 statement, uint128 supply) = token.attestation();
        vm.assertTrue(through == START && statement == "a" && supply == 1000);
        credit(lenderAt(0), 1);
        vm.startPrank(bank);
        vm.expectRevert(abi.encodeWithSelector(ICalendar.CalendarSupplyMoved.selector, 1000, 1001));
        calendar.closeDay(START, "a");
        token.attest(START, "a", 1001, 0, 0);
        calendar.closeDay(START, "a");
        vm.assertEq(today(), START + 1);
    }

    function test_noDayIsAttestedThatCalendarsCantWrite() public {
        vm.startPrank(bank);
        vm.expectRevert(abi.encodeWithSelector(ICustodyToken.CustodyDayTooFar.selector, 2_500_001, 2_500_000));
        token.attest(2_500_001, "a", 0, 0, 0);
        token.attest(2_500_000, "a", 0, 0, 0);
    }

    function test_outsideSimulatedModeTheBusinessDateNeverPassesTheLocalDate() public {
        deploy(false);
        vm.startPrank(bank);
        token.attest(START, "a", 0, 0, 0);
        // The next day begins at 16:00 UTC.
        vm.warp(uint256(START) * 1 days + 16 hours - 1);
        vm.expectRevert(abi.encodeWithSelector(ICalendar.CalendarAheadOfTime.selector, START + 1, START));
        calendar.closeDay(START, "a");
        vm.warp(uint256(START) * 1 days + 16 hours);
        calendar.closeDay(START, "a");
        vm.assertEq(today(), START + 1);
    }

    function test_moreThanHalfOfTheMembersEndSimulatedModeForGood() public {
        address[4] memory voters = [platform, bank, regulator, rival];
        for (uint256 i = 0; i < 4; ++i) {
            vm.assertTrue(calendar.simulated()); // 6 members vote: 4 votes needed
            vm.prank(voters[i]);
            calendar.voteEndSimulation();
        }
        vm.assertFalse(calendar.simulated());
        vm.prank(arbitrator);
        vm.expectRevert(ICalendar.CalendarNotSimulated.selector);
        calendar.voteEndSimulation();
        vm.warp(uint256(START) * 1 days);
        vm.startPrank(bank);
        token.attest(START, "a", 0, 0, 0);
        vm.expectRevert(abi.encodeWithSelector(ICalendar.CalendarAheadOfTime.selector, START + 1, START));
        calendar.closeDay(START, "a");
    }

    /// @notice An observer may not vote, so it doesn't count against those that do.
    function test_observersDontCountAgainstTheMajority() public {
        Consortium small = new Consortium();
        small.admit(platform, Role.Platform, "platform");
        small.admit(observer, Role.Observer, "observer");
        small.admit(bank, Role.Bank, "bank");
        small.admit(stranger, Role.Observer, "stranger");
        small.admit(regulator, Role.Regulator, "regulator");
        Calendar theirs = new Calendar(small, token, START, true);
        vm.prank(platform);
        theirs.voteEndSimulation();
        vm.assertTrue(theirs.simulated());
        vm.prank(bank);
        theirs.voteEndSimulation();
        vm.assertFalse(theirs.simulated());
    }

    function test_aMemberVotesOnceWhateverItsKey() public {
        address key = registerKey(bank, 0xC3, bits(Scope.Vote), 0);
        vm.prank(bank);
        calendar.voteEndSimulation();
        vm.prank(key);
        vm.expectRevert(abi.encodeWithSelector(ICalendar.CalendarAlreadyVoted.selector, 2));
        calendar.voteEndSimulation();
    }

    function test_theConsortiumTellsTheCalendarsDate() public {
        vm.assertEq(consortium.businessDate(), START);
        closeThrough(START + 4);
        vm.assertEq(consortium.businessDate(), START + 5);
        vm.assertEq(calendar.businessDate(), START + 5);
    }

    // ------------------------------------------------------------------------------------------------ a silent bank's place

    function test_afterThreeSilentDaysTheRegulatorAloneClosesAndTheBankGoesOn() public {
        live();
        uint256 closedAt = calendar.closedAt();
        vm.warp(closedAt + 3 days - 1);
        vm.startPrank(regulator);
        vm.expectRevert(abi.encodeWithSelector(ICalendar.CalendarBankNotSilent.selector, closedAt, closedAt + 3 days));
        calendar.closeDayInstead(START);
        vm.warp(closedAt + 3 days);
        vm.expectEmit();
        emit ICalendar.DayClosedInstead(START + 1, START + 2, regulator);
        calendar.closeDayInstead(START + 1);
        vm.assertEq(today(), START + 2);
        vm.assertEq(consortium.businessDate(), START + 2);
        // The silence counts anew.
        vm.expectRevert(
            abi.encodeWithSelector(ICalendar.CalendarBankNotSilent.selector, block.timestamp, block.timestamp + 3 days)
        );
        calendar.closeDayInstead(START + 2);
        vm.stopPrank();
        closeThrough(START + 2);
        vm.assertEq(today(), START + 3);
    }

    function test_aSubstituteClosingNeverPassesTheLocalDateEvenInSimulatedMode() public {
        vm.warp(uint256(START + 3) * 1 days);
        vm.startPrank(regulator);
        vm.expectRevert(abi.encodeWithSelector(ICalendar.CalendarAheadOfTime.selector, START + 4, START + 3));
        calendar.closeDayInstead(START + 3);
        vm.expectRevert(abi.encodeWithSelector(ICalendar.CalendarDayClosed.selector, START - 1, START));
        calendar.closeDayInstead(START - 1);
        calendar.closeDayInstead(START + 2);
        vm.assertEq(today(), START + 3);
    }

    function test_moreThanHalfOfTheMembersCloseWithoutTheRegulator() public {
        live();
        vm.warp(calendar.closedAt() + 3 days);
        address[4] memory voters = [platform, rival, guarantor, arbitrator];
        for (uint16 i = 0; i < 4; ++i) {
            vm.assertEq(today(), START);
            (uint16 member,) = consortium.seatOf(voters[i]);
            vm.prank(voters[i]);
            vm.expectEmit();
            emit ICalendar.SubstituteVote(START, member, i + 1);
            calendar.closeDayInstead(START);
        }
        vm.assertEq(today(), START + 1);
    }

    function test_aMemberVotesOnceForADayWhateverItsKey() public {
        live();
        vm.warp(calendar.closedAt() + 3 days);
        address key = registerKey(platform, 0xC3, bits(Scope.Vote), 0);
        vm.prank(platform);
        calendar.closeDayInstead(START);
        bytes memory error = abi.encodeWithSelector(ICalendar.CalendarAlreadyVoted.selector, 1);
        vm.prank(key);
        vm.expectRevert(error);
        calendar.closeDayInstead(START);
    }

    /// @notice Attack: votes for one closing are counted for another, or kept for the next silence.
    function test_votesCountForOneDayWhileOneDateStands() public {
        live();
        vm.warp(calendar.closedAt() + 3 days);
        address[3] memory three = [platform, rival, guarantor];
        for (uint256 i = 0; i < 3; ++i) {
            vm.prank(three[i]);
            calendar.closeDayInstead(START + 1);
        }
        vm.prank(arbitrator);
        calendar.closeDayInstead(START);
        vm.assertEq(today(), START);
        // The bank is back; its closing ends the vote.
        closeThrough(START);
        vm.warp(calendar.closedAt() + 3 days);
        vm.prank(arbitrator);
        calendar.closeDayInstead(START + 1);
        vm.assertEq(today(), START + 1);
        for (uint256 i = 0; i < 3; ++i) {
            vm.prank(three[i]);
            calendar.closeDayInstead(START + 1);
        }
        vm.assertEq(today(), START + 2);
    }

    function test_observersAndStrangersCloseNothing() public {
        live();
        vm.warp(calendar.closedAt() + 30 days);
        vm.prank(observer);
        vm.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumSeatNotAllowed.selector, observer, 6));
        calendar.closeDayInstead(START);
        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumSeatNotAllowed.selector, stranger, 0));
        calendar.closeDayInstead(START);
    }

    /// @notice A ledger outside simulated mode, on the evening of the first day.
    function live() private {
        vm.warp(uint256(START) * 1 days + 15 hours);
        deploy(false);
    }
}
