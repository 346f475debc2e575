// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Terms} from "../../../contracts/agreements/Terms.sol";
import {ILoanEscrow, Posted, State} from "../../../contracts/escrow/ILoanEscrow.sol";
import {vm} from "../support/Vm.sol";
import {PaymentsTest} from "./PaymentsTest.sol";

/// @notice Penalty interest by hand. The base loan's first row: due 2026-02-01 (day 20,485), principal 82,470, interest 2,083; the
/// second: due 2026-03-01 (day 20,513), principal 82,813, interest 1,740.
contract PenaltyTest is PaymentsTest {
    uint32 private constant FIRST = 20_485;
    uint32 private constant SECOND = 20_513;

    function open(uint8 base, uint64 rateNano, bool replaces) private returns (Terms memory t) {
        t = lateTerms(base, rateNano, replaces);
    }

    function start(Terms memory t) private {
        begin(t);
        vm.assertEq(rows()[0].dueDay, FIRST);
        vm.assertEq(rows()[0].principal, 82_470);
        vm.assertEq(rows()[1].dueDay, SECOND);
        vm.assertEq(rows()[1].principal, 82_813);
        closeThrough(SECOND + 30);
    }

    function test_nothingAccruesUpToTheDueDay() public {
        start(open(1, 0.07e9, true));
        Posted memory p = pays(84_553, FIRST);
        vm.assertEq(p.accrued, 0);
        vm.assertEq(loanOf(loan).nextRow, 1);
    }

    function test_overduePrincipalBearsThePenaltyRate() public {
        start(open(1, 0.07e9, true));
        // 82,470 * 10 days * 7 % / 360 = 160.36
        Posted memory p = pays(84_553, FIRST + 10);
        vm.assertEq(p.accrued, 160);
        vm.assertEq(p.penalty, 0); // the rows due come first
        vm.assertEq(loanOf(loan).penaltyDue, 160);
        p = pays(200, FIRST + 10);
        vm.assertEq(p.penalty, 160);
        vm.assertEq(p.interest, 40);
        vm.assertEq(loanOf(loan).penaltyDue, 0);
    }

    function test_addedRateAndOverdueInterest() public {
        start(open(2, 0.02e9, false));
        // (82,470 + 2,083) * 10 days * (5 + 2) % / 360 = 164.41
        vm.assertEq(pays(1, FIRST + 10).accrued, 164);
    }

    function test_365DaysForAct365() public {
        Terms memory t = open(1, 0.07e9, true);
        t.pricing.dayCount = 1;
        begin(t);
        closeThrough(FIRST + 10);
        uint256 expected = (uint256(rows()[0].principal) * 10 * 7 * 2 + 36_500) / (36_500 * 2);
        vm.assertEq(pays(1, FIRST + 10).accrued, expected);
    }

    function test_severalRowsAreRoundedOnce() public {
        start(open(1, 0.07e9, true));
        // (82,470 * 30 + 82,813 * 2) * 7 % / 360 = 513.27: apart, 481.08 and 32.20
        vm.assertEq(pays(1, SECOND + 2).accrued, 513);
    }

    function test_accruesSinceTheLastValueDateOnWhatIsStillUnpaid() public {
        start(open(1, 0.07e9, true));
        pays(42_083, FIRST); // leaves 42,470 of principal
        // 42,470 * 10 * 7 % / 360 = 82.58, then 41,470 * 5 * 7 % / 360 = 40.32
        vm.assertEq(pays(1000, FIRST + 10).accrued, 83);
        vm.assertEq(pays(1000, FIRST + 15).accrued, 40);
        vm.assertEq(loanOf(loan).penaltyDue, 123);
    }

    function test_graceDaysBearNothingEvenWhenTheyAreOver() public {
        Terms memory t = open(1, 0.07e9, true);
        t.payments.graceDays = 3;
        start(t);
        vm.assertEq(pays(1, FIRST + 3).accrued, 0);
        // 82,470 less what was paid of it (nothing: interest comes first) * 7 days
        vm.assertEq(pays(1, FIRST + 10).accrued, 112);
    }

    /// @notice 2026-02-01 is a Sunday: with a calendar of working days, the row is payable by the Monday.
    function test_daysUpToTheNextWorkingDayBearNothing() public {
        uint256[] memory closed = new uint256[](1);
        // START is a Thursday; all Saturdays and Sundays of 256 days.
        for (uint256 i = 0; i < 256; ++i) {
            if (i % 7 == 2 || i % 7 == 3) closed[0] |= uint256(1) << i;
        }
        vm.prank(regulator);
        workingDays.publish(1, START + 1, 255, shifted(closed));
        Terms memory t = open(1, 0.07e9, true);
        t.payments.calendar = 1;
        start(t);
        vm.assertEq(pays(1, FIRST + 1).accrued, 0);
        // From Monday the 2nd to Wednesday the 11th: 9 days. 82,470 * 9 * 7 % / 360 = 144.32
        vm.assertEq(pays(1, FIRST + 10).accrued, 144);
    }

    function test_penaltyFirst() public {
        Terms memory t = open(1, 0.07e9, true);
        t.payments.penaltyFirst = true;
        start(t);
        Posted memory p = pays(2000, FIRST + 10);
        vm.assertEq(p.penalty, 160);
        vm.assertEq(p.interest, 1840);
    }

    function test_penaltyEarnsTheLendersAndKeepsTheLoanActiveUntilPaid() public {
        start(open(1, 0.07e9, true));
        uint128 all = totalOf(rows());
        Posted memory p = pays(all, FIRST + 10);
        // The rest pays early rows, so the last of them stays short by the penalty.
        vm.assertEq(p.penalty, 160);
        assertState(loan, State.Active);
        pays(160, FIRST + 10);
        assertState(loan, State.Repaid);
        ILoanEscrow.Loan memory l = loanOf(loan);
        vm.assertEq(l.interest, all - 500_000 + 160);
        vm.assertEq(l.cash, all + 160);
    }

    function test_allRowsPaidButPenaltyDueStaysActive() public {
        Terms memory t = open(1, 0.07e9, true);
        t.schedule.instalments = 1;
        begin(t);
        closeThrough(FIRST + 30);
        uint128 all = totalOf(rows());
        Posted memory p = pays(all, FIRST + 10);
        vm.assertEq(p.penalty, 0);
        vm.assertEq(loanOf(loan).nextRow, 1);
        assertState(loan, State.Active);
        // Penalty interest bears none.
        vm.assertEq(pays(p.accrued - 1, FIRST + 20).accrued, 0);
        assertState(loan, State.Active);
        pays(1, FIRST + 20);
        assertState(loan, State.Repaid);
    }

    function shifted(uint256[] memory words) private pure returns (uint256[] memory) {
        words[0] >>= 1;
        return words;
    }
}
