// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Terms} from "../../../contracts/agreements/Terms.sol";
import {ILoanEscrow, Receipt, State} from "../../../contracts/escrow/ILoanEscrow.sol";
import {vm} from "../support/Vm.sol";
import {PaymentsModel} from "./PaymentsModel.sol";
import {PaymentsTest} from "./PaymentsTest.sol";

/// @notice Random loans and payments, posted by the contracts and by a model that keeps every row apart. Then one payment is
/// reversed, or one is put in: all must stand as if it had always been so.
contract PaymentsAgainstModelTest is PaymentsTest {
    uint256 private constant PAYMENTS = 7;

    uint128[] private amounts;
    uint32[] private valueDates;
    uint32[] private seqs;
    uint256 private seed;

    function testFuzz_postingsFollowTheModelAndUndoExactly(uint256 seed_) public {
        seed = seed_;
        begin(randomTerms());
        uint32 start = today();
        closeThrough(start + 240);
        payAtRandom(start);

        uint256 chosen = random(amounts.length);
        uint256 before = vm.snapshotState();
        rebook(reversal(seqs[chosen]));
        assertAsIfAlways(start, chosen, 0, 0);
        // Its entries belong to what is taken back.
        vm.getRecordedLogs();
        vm.revertToState(before);

        // Put one in on the value date before the chosen payment's.
        uint32 on = chosen == 0 ? start : valueDates[chosen - 1];
        uint32 first = firstAfter(on);
        if (first == 0) return;
        uint128 amount = uint128(1 + random(200_000));
        rebook(insertion(first, receipt(amount, on)));
        assertAsIfAlways(start, type(uint256).max, amount, on);
    }

    function payAtRandom(uint32 start) private {
        PaymentsModel.Account memory model = PaymentsModel.begin(rows(), start);
        uint32 day = start;
        for (uint256 i = 0; i < PAYMENTS && loanOf(loan).state == State.Active; ++i) {
            day += uint32(random(60));
            if (day > today()) day = today();
            uint128 amount = uint128(1 + random(random(3) == 0 ? 250_000 : 100_000));
            amounts.push(amount);
            valueDates.push(day);
            seqs.push(lengthOf(loan) + 1);
            assertPosted(pays(amount, day), PaymentsModel.post(model, terms(), amount, day));
            assertAccount(model);
            assertRepaid(model);
        }
    }

    /// @param without index of a payment left out; @param added amount put in after all payments of its value date
    function assertAsIfAlways(uint32 start, uint256 without, uint128 added, uint32 on) private view {
        PaymentsModel.Account memory model = PaymentsModel.begin(rows(), start);
        bool pending = added != 0;
        for (uint256 i = 0; i <= amounts.length; ++i) {
            if (pending && (i == amounts.length || valueDates[i] > on)) {
                PaymentsModel.post(model, terms(), added, on);
                pending = false;
            }
            if (i < amounts.length && i != without) PaymentsModel.post(model, terms(), amounts[i], valueDates[i]);
        }
        assertAccount(model);
        assertRepaid(model);
        ILoanEscrow.Loan memory l = loanOf(loan);
        vm.assertEq(token.balanceOf(address(escrow)), l.cash, "cash");
        vm.assertEq(l.bankClaim, 0, "nothing was claimed, so all could be burned");
    }

    function assertRepaid(PaymentsModel.Account memory model) private view {
        bool repaid = PaymentsModel.nextRow(model) == model.rows.length && model.penaltyDue == 0;
        assertState(loan, repaid ? State.Repaid : State.Active);
    }

    /// @return seq of the first payment after value date `on`; 0 if there is none
    function firstAfter(uint32 on) private view returns (uint32 seq) {
        for (uint256 i = 0; i < amounts.length; ++i) {
            if (valueDates[i] > on) return seqs[i];
        }
    }

    function randomTerms() private returns (Terms memory t) {
        t = baseTerms();
        t.schedule.method = uint8(random(3)); // equal instalments, interest only, equal principal
        t.payments.earlyKinds = 1;
        t.schedule.instalments = uint16(3 + random(4));
        t.pricing.dayCount = uint8(random(5));
        t.payments.order = uint8(random(2));
        t.payments.kinds = uint8(random(6));
        t.payments.penaltyFirst = random(2) == 0;
        t.payments.penaltyBase = uint8(random(3));
        if (t.payments.penaltyBase != 0) {
            t.payments.penaltyReplaces = random(2) == 0;
            t.payments.penaltyRateNano = uint64((t.payments.penaltyReplaces ? 0.05e9 : 0) + random(0.03e9));
            t.payments.graceDays = uint16(random(2) * random(10));
        }
        if (random(2) == 0) addFees(t, uint128(1 + random(3000)), uint128(1 + random(300)));
    }

    function random(uint256 below) private returns (uint256) {
        seed = uint256(keccak256(abi.encode(seed)));
        return seed % below;
    }
}
