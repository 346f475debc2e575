// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {ICustodyToken} from "../../../contracts/escrow/ICustodyToken.sol";
import {Entry, ILoanEscrow, State} from "../../../contracts/escrow/ILoanEscrow.sol";
import {vm} from "../support/Vm.sol";
import {LedgerHandler} from "./LedgerHandler.sol";

/// @notice The invariants of docs/invariants.md, by their ids, after every random step. Transitions and history entries
/// (I5, I6) are also checked inside the handler, at the step itself.
/// forge-config: default.invariant.fail-on-revert = true
/// forge-config: full.invariant.fail-on-revert = true
contract LedgerInvariantsTest {
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    uint256 private constant LENDERS = 5;

    LedgerHandler private handler;
    ICustodyToken private token;
    ILoanEscrow private escrow;
    address private withdrawals;

    function setUp() public {
        handler = new LedgerHandler();
        address token_;
        address escrow_;
        (, token_, escrow_, withdrawals) = handler.ledger();
        token = ICustodyToken(token_);
        escrow = ILoanEscrow(escrow_);
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        bytes4[] memory steps = new bytes4[](21);
        steps[0] = LedgerHandler.proposeLoan.selector;
        steps[1] = LedgerHandler.subscribeSome.selector;
        steps[2] = LedgerHandler.cancelLoan.selector;
        steps[3] = LedgerHandler.expireLoan.selector;
        steps[4] = LedgerHandler.refundLender.selector;
        steps[5] = LedgerHandler.disburseLoan.selector;
        steps[6] = LedgerHandler.returnLoansPayout.selector;
        steps[7] = LedgerHandler.settleLoan.selector;
        steps[8] = LedgerHandler.pay.selector;
        steps[9] = LedgerHandler.claimFor.selector;
        steps[10] = LedgerHandler.finish.selector;
        steps[11] = LedgerHandler.closeDays.selector;
        steps[12] = LedgerHandler.withdraw.selector;
        steps[13] = LedgerHandler.decideWithdrawal.selector;
        steps[14] = LedgerHandler.commitDocument.selector;
        steps[15] = LedgerHandler.shortDay.selector;
        steps[16] = LedgerHandler.forbidden.selector;
        // The steps that carry a loan forward come up twice as often.
        steps[17] = LedgerHandler.subscribeSome.selector;
        steps[18] = LedgerHandler.settleLoan.selector;
        steps[19] = LedgerHandler.pay.selector;
        steps[20] = LedgerHandler.disburseLoan.selector;
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(handler), steps);
    }

    /// @notice The random steps reach every kind of entry, so the invariants are not kept by standing still.
    function test_randomStepsReachEveryKindOfEntry() public {
        bytes4[] memory steps = this.targetSelectors()[0].selectors;
        for (uint256 i = 0; i < 4000; ++i) {
            uint256 seed = uint256(keccak256(abi.encode("step", i)));
            (bool ok, bytes memory reason) = address(handler)
                .call(abi.encodePacked(steps[seed % steps.length], keccak256(abi.encode(seed)), seed >> 8, seed >> 16));
            if (!ok) {
                assembly {
                    revert(add(reason, 32), mload(reason))
                }
            }
            if (i % 200 == 199) handler.forget();
        }
        for (uint256 kind = uint256(Entry.Proposed); kind <= uint256(Entry.DocumentCommitted); ++kind) {
            vm.assertLt(0, handler.seen(Entry(kind)));
        }
    }

    function invariant_I1_escrowHoldsAtLeastWhatItOwes() public view {
        uint256 held = escrow.reserve(handler.platformMember());
        for (uint256 i = 0; i < handler.loanCount(); ++i) {
            held += escrow.loanOf(handler.loans(i)).cash;
        }
        vm.assertEq(token.balanceOf(address(escrow)), held, "I1");
    }

    function invariant_I2_depositedIsReleasedRefundedOrHeld() public view {
        for (uint256 i = 0; i < handler.loanCount(); ++i) {
            bytes32 loan = handler.loans(i);
            LedgerHandler.Ghost memory g = handler.ghost(loan);
            uint256 cash = escrow.loanOf(loan).cash;
            vm.assertEq(
                uint256(g.subscribed) + g.paid, uint256(g.paidOut) + g.refunded + g.claimed + g.dust + cash, "I2"
            );
        }
    }

    function invariant_I3_principalIsRepaidOrOutstanding() public view {
        for (uint256 i = 0; i < handler.loanCount(); ++i) {
            bytes32 loan = handler.loans(i);
            LedgerHandler.Ghost memory g = handler.ghost(loan);
            ILoanEscrow.Loan memory l = escrow.loanOf(loan);
            vm.assertEq(g.paidOut, uint256(g.paidPrincipal) + l.outstanding, "I3: principal");
            vm.assertEq(g.paid, uint256(g.paidPrincipal) + g.paidInterest, "I3: payments split without rest");
            vm.assertEq(l.distributed, g.paid, "I3: distributed");
        }
    }

    function invariant_I4_claimsNeverExceedDistributions() public view {
        for (uint256 i = 0; i < handler.loanCount(); ++i) {
            bytes32 loan = handler.loans(i);
            ILoanEscrow.Loan memory l = escrow.loanOf(loan);
            uint256 claimed;
            uint256 open;
            uint256 units;
            for (uint256 k = 0; k < LENDERS; ++k) {
                ILoanEscrow.Position memory p = escrow.positionOf(loan, handler.subjectAt(k));
                claimed += p.claimed;
                open += escrow.claimable(loan, handler.subjectAt(k));
                units += p.units;
                if (p.units != 0) {
                    vm.assertLe(p.claimed, uint256(p.units) * l.distributed / l.principal, "I4: one lender");
                }
            }
            vm.assertLe(claimed + open, l.distributed, "I4: all lenders");
            vm.assertEq(claimed, handler.ghost(loan).claimed, "I4: claimed");
            vm.assertEq(units, l.subscribed, "I9");
            vm.assertLe(units, l.principal, "I9");
            if (l.state >= State.Active && l.state <= State.Closed) {
                vm.assertLe(open, l.cash, "I4: claims are covered");
            }
        }
    }

    function invariant_I5_headIsTheFoldOfTheEvents() public view {
        for (uint256 i = 0; i < handler.loanCount(); ++i) {
            bytes32 loan = handler.loans(i);
            (bytes32 head, uint32 length) = escrow.history(loan);
            LedgerHandler.Ghost memory g = handler.ghost(loan);
            vm.assertEq(head, g.head, "I5: head");
            vm.assertEq(length, g.length, "I5: length");
        }
    }

    function invariant_I6_statesChangeOnlyInSteps() public view {
        for (uint256 i = 0; i < handler.loanCount(); ++i) {
            bytes32 loan = handler.loans(i);
            vm.assertEq(uint256(escrow.loanOf(loan).state), uint256(handler.ghost(loan).state), "I6");
        }
    }

    function invariant_I7_supplyIsCreditsLessDebits() public view {
        vm.assertEq(token.totalSupply(), handler.credited() - handler.debited(), "I7: supply");
        uint256 held = token.balanceOf(address(escrow)) + token.balanceOf(withdrawals);
        for (uint256 k = 0; k < LENDERS; ++k) {
            held += token.balanceOf(handler.holderAt(k));
        }
        vm.assertEq(token.totalSupply(), held, "I7: nobody else holds tokens");
        vm.assertEq(token.balanceOf(withdrawals), handler.withdrawnReserved(), "I7: withdrawals");
    }

    function invariant_I8_scheduleAndPaymentsAgree() public view {
        for (uint256 i = 0; i < handler.loanCount(); ++i) {
            bytes32 loan = handler.loans(i);
            ILoanEscrow.Loan memory l = escrow.loanOf(loan);
            LedgerHandler.Ghost memory g = handler.ghost(loan);
            if (g.paidOut == 0) continue;
            uint256 paid = l.paidInRow;
            uint256 principal;
            for (uint256 k = 0; k < g.rows.length; ++k) {
                if (k < l.nextRow) paid += uint256(g.rows[k].principal) + g.rows[k].interest;
                if (k > 0) vm.assertLt(g.rows[k - 1].dueDay, g.rows[k].dueDay);
                principal += g.rows[k].principal;
            }
            vm.assertEq(paid, l.distributed, "I8: rows paid");
            vm.assertEq(principal, l.principal, "I8: principal of the rows");
            vm.assertEq(l.nextRow == l.rows, l.state == State.Repaid || l.state == State.Closed);
            if (l.nextRow == l.rows) vm.assertEq(l.outstanding, 0, "I8: repaid");
        }
    }

    function invariant_I10_daysNeverGoBack() public view {
        vm.assertEq(handler.businessDate(), handler.lastBusinessDate(), "I10: business date");
        for (uint256 i = 0; i < handler.loanCount(); ++i) {
            vm.assertLe(escrow.loanOf(handler.loans(i)).lastValueDate, handler.businessDate(), "I10: value date");
        }
    }
}
