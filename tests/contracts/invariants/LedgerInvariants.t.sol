// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {ICustodyToken} from "../../../contracts/escrow/ICustodyToken.sol";
import {Entry, ILoanEscrow, State} from "../../../contracts/escrow/ILoanEscrow.sol";
import {Row} from "../../../contracts/schedules/IRepaymentSchedules.sol";
import {vm} from "../support/Vm.sol";
import {LedgerGhosts} from "./LedgerGhosts.sol";
import {LedgerHandler} from "./LedgerHandler.sol";

/// @notice A cheatcode that only this test needs: thousands of steps cost more than a transaction may.
interface GasMeter {
    function pauseGasMetering() external;
}

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
        bytes4[] memory steps = new bytes4[](36);
        steps[0] = handler.proposeLoan.selector;
        steps[1] = handler.subscribeSome.selector;
        steps[2] = handler.cancelLoan.selector;
        steps[3] = handler.expireLoan.selector;
        steps[4] = handler.refundLender.selector;
        steps[5] = handler.disburseLoan.selector;
        steps[6] = handler.returnLoansPayout.selector;
        steps[7] = handler.settleLoan.selector;
        steps[8] = handler.pay.selector;
        steps[9] = handler.claimFor.selector;
        steps[10] = handler.finish.selector;
        steps[11] = handler.closeDays.selector;
        steps[12] = handler.withdraw.selector;
        steps[13] = handler.decideWithdrawal.selector;
        steps[14] = handler.commitDocument.selector;
        steps[15] = handler.shortDay.selector;
        steps[16] = handler.forbidden.selector;
        steps[17] = handler.openRunning.selector;
        steps[18] = handler.drawTranche.selector;
        steps[19] = handler.closeDrawing.selector;
        steps[20] = handler.bounceLoansPayout.selector;
        steps[21] = handler.payFromAccount.selector;
        steps[22] = handler.payByMandate.selector;
        steps[23] = handler.repayEarly.selector;
        steps[24] = handler.rebook.selector;
        steps[25] = handler.suspendCredit.selector;
        steps[26] = handler.matchSuspense.selector;
        steps[27] = handler.sellUnits.selector;
        steps[28] = handler.claimFeesFor.selector;
        // The steps that carry a loan forward come up twice as often.
        steps[29] = handler.subscribeSome.selector;
        steps[30] = handler.settleLoan.selector;
        steps[31] = handler.pay.selector;
        steps[32] = handler.disburseLoan.selector;
        steps[33] = handler.subscribeSome.selector;
        steps[34] = handler.rebook.selector;
        steps[35] = handler.sellUnits.selector;
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(handler), steps);
    }

    /// @notice The random steps reach every kind of entry, so the invariants are not kept by standing still.
    function test_randomStepsReachEveryKindOfEntry() public {
        GasMeter(address(vm)).pauseGasMetering();
        bytes4[] memory steps = this.targetSelectors()[0].selectors;
        for (uint256 i = 0; i < 6000; ++i) {
            uint256 seed = uint256(keccak256(abi.encode("step", i)));
            (bool ok, bytes memory reason) = address(handler)
                .call(abi.encodePacked(steps[seed % steps.length], keccak256(abi.encode(seed)), seed >> 8, seed >> 16));
            if (!ok) {
                assembly {
                    revert(add(reason, 32), mload(reason))
                }
            }
            if (i % 200 == 199) {
                checkAll();
                handler.forget();
            }
        }
        for (uint256 kind = uint256(Entry.Proposed); kind <= uint256(Entry.PaymentsUndone); ++kind) {
            vm.assertTrue(
                handler.seen(Entry(kind)) != 0, string.concat("never seen: ", vm.toString(address(uint160(kind))))
            );
        }
    }

    /// @dev All that can be said of the loans alone: forgotten loans keep their money.
    function checkAll() private view {
        invariant_I2_whatCameInWentOutOrIsHeld();
        invariant_I3_paymentsAndPrincipalAddUp();
        invariant_I4_whatUnitsAreOwedIsWhatTheyEarnedLessWhatTheyClaimed();
        invariant_I5_headIsTheFoldOfTheEvents();
        invariant_I6_statesChangeOnlyInSteps();
        invariant_I8_tableAndDebtAgree();
        invariant_I9_unitsAndTheirWeightsAddUp();
        invariant_I16_onlyTheBorrowersAuthorityRaisesDebt();
        invariant_I19_undrawnMoneyIsThere();
    }

    function invariant_I1_escrowHoldsExactlyItsLoansCash() public view {
        uint256 held = escrow.reserve(handler.platformMember());
        for (uint256 i = 0; i < handler.loanCount(); ++i) {
            held += escrow.loanOf(handler.loans(i)).cash;
        }
        vm.assertEq(token.balanceOf(address(escrow)), held, "I1");
    }

    function invariant_I2_whatCameInWentOutOrIsHeld() public view {
        for (uint256 i = 0; i < handler.loanCount(); ++i) {
            bytes32 loan = handler.loans(i);
            LedgerGhosts.Ghost memory g = handler.ghost(loan);
            ILoanEscrow.Loan memory l = escrow.loanOf(loan);
            uint256 met = g.claimRaised - l.bankClaim;
            vm.assertEq(
                g.subscribed + g.bounced + g.received,
                g.paidOut + g.refunded + g.claimed + g.feesClaimed + g.released + g.dust + g.burned + met + l.cash,
                "I2"
            );
        }
    }

    function invariant_I3_paymentsAndPrincipalAddUp() public view {
        for (uint256 i = 0; i < handler.loanCount(); ++i) {
            bytes32 loan = handler.loans(i);
            LedgerGhosts.Ghost memory g = handler.ghost(loan);
            ILoanEscrow.Loan memory l = escrow.loanOf(loan);
            vm.assertEq(l.called, g.principal + l.outstanding, "I3: principal");
            vm.assertEq(l.interest, g.interest + g.penalty, "I3: interest");
            vm.assertEq(l.fees, g.fee, "I3: fees");
            vm.assertEq(g.accrued, g.penalty + l.penaltyDue, "I3: penalty interest");
            vm.assertEq(
                g.amount, g.fee + g.penalty + g.interest + g.principal + l.overpaid + g.released, "I3: nothing is left"
            );
            vm.assertEq(l.undrawnReturned, g.undrawn, "I3: undrawn");
        }
    }

    function invariant_I4_whatUnitsAreOwedIsWhatTheyEarnedLessWhatTheyClaimed() public view {
        for (uint256 i = 0; i < handler.loanCount(); ++i) {
            bytes32 loan = handler.loans(i);
            ILoanEscrow.Loan memory l = escrow.loanOf(loan);
            if (l.state < State.Active || l.state > State.Repaid) continue;
            LedgerGhosts.Ghost memory g = handler.ghost(loan);
            uint256 denominator = escrow.denominatorOf(loan);
            int256 owed;
            for (uint256 k = 0; k < LENDERS; ++k) {
                int256 numerator = escrow.positionOf(loan, handler.subjectAt(k)).numerator;
                owed += numerator;
                uint256 most = numerator > 0 ? uint256(numerator) / denominator : 0;
                vm.assertLe(escrow.claimable(loan, handler.subjectAt(k)), most, "I4: one lender");
                vm.assertLe(escrow.claimable(loan, handler.subjectAt(k)), l.cash, "I4: cash");
            }
            uint256 earned = uint256(l.called) - l.outstanding + l.undrawnReturned + l.interest;
            vm.assertTrue(owed == (int256(earned) - int256(g.claimed)) * int256(denominator), "I4: all lenders");
        }
    }

    function invariant_I5_headIsTheFoldOfTheEvents() public view {
        for (uint256 i = 0; i < handler.loanCount(); ++i) {
            bytes32 loan = handler.loans(i);
            (bytes32 head, uint32 length) = escrow.history(loan);
            LedgerGhosts.Ghost memory g = handler.ghost(loan);
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
        uint256 met;
        for (uint256 i = 0; i < handler.loanCount(); ++i) {
            bytes32 loan = handler.loans(i);
            met += handler.ghost(loan).claimRaised - escrow.loanOf(loan).bankClaim;
        }
        vm.assertEq(token.totalSupply(), handler.credited() - handler.debited() - met, "I7: supply");
        uint256 held = token.balanceOf(address(escrow)) + token.balanceOf(withdrawals);
        held += token.balanceOf(handler.borrowersAccount());
        for (uint256 k = 0; k < LENDERS; ++k) {
            held += token.balanceOf(handler.holderAt(k));
        }
        vm.assertEq(token.totalSupply(), held, "I7: nobody else holds tokens");
        vm.assertEq(token.balanceOf(withdrawals), handler.withdrawnReserved(), "I7: withdrawals");
    }

    function invariant_I8_tableAndDebtAgree() public view {
        for (uint256 i = 0; i < handler.loanCount(); ++i) {
            bytes32 loan = handler.loans(i);
            ILoanEscrow.Loan memory l = escrow.loanOf(loan);
            if (l.schedule == address(0)) continue;
            LedgerGhosts.Ghost memory g = handler.ghost(loan);
            Row[] memory rows = handler.rowsOf(loan);
            uint256 left;
            for (uint256 k = 0; k < rows.length; ++k) {
                if (k + l.offset >= l.nextRow) left += rows[k].principal;
                if (k > 0) vm.assertLt(rows[k - 1].dueDay, rows[k].dueDay);
            }
            uint256 onItsWay = uint256(l.called) + g.bounced - g.paidOut;
            bool over = l.state == State.Repaid || l.state == State.Closed;
            if (!over) vm.assertEq(left - l.aheadPrincipal + onItsWay, l.outstanding, "I8: principal of the rows");
            vm.assertEq(rows.length + l.offset, l.rows, "I8: rows");
            if (over) {
                vm.assertEq(l.nextRow, l.rows, "I8: all rows are paid");
                vm.assertEq(uint256(l.outstanding) + l.penaltyDue, 0, "I8: nothing is owed");
            }
        }
    }

    function invariant_I9_unitsAndTheirWeightsAddUp() public view {
        for (uint256 i = 0; i < handler.loanCount(); ++i) {
            bytes32 loan = handler.loans(i);
            ILoanEscrow.Loan memory l = escrow.loanOf(loan);
            if (l.state > State.Repaid) continue; // units end with refunds and final claims
            uint16[] memory shares = handler.sharesOf(loan);
            uint256 units;
            uint256 weighted;
            for (uint256 k = 0; k < LENDERS; ++k) {
                ILoanEscrow.Position memory p = escrow.positionOf(loan, handler.subjectAt(k));
                units += p.units;
                weighted += p.units * (shares.length == 0 ? 1 : shares[p.class]);
            }
            vm.assertEq(units, l.subscribed, "I9: units");
            vm.assertLe(units, l.principal, "I9: principal");
            vm.assertEq(escrow.denominatorOf(loan), weighted * l.principal, "I9: weights");
        }
    }

    function invariant_I10_daysNeverGoBack() public view {
        vm.assertEq(handler.businessDate(), handler.lastBusinessDate(), "I10: business date");
        for (uint256 i = 0; i < handler.loanCount(); ++i) {
            vm.assertLe(escrow.loanOf(handler.loans(i)).lastValueDate, handler.businessDate(), "I10: value date");
        }
    }

    function invariant_I16_onlyTheBorrowersAuthorityRaisesDebt() public view {
        for (uint256 i = 0; i < handler.loanCount(); ++i) {
            bytes32 loan = handler.loans(i);
            ILoanEscrow.Loan memory l = escrow.loanOf(loan);
            vm.assertLe(l.called, handler.ghost(loan).authorised, "I16: called");
            vm.assertLe(l.outstanding, l.called, "I16: outstanding");
        }
    }

    function invariant_I17_registersEqualTheSumsOfLoans() public view {
        uint256 outstanding;
        for (uint256 i = 0; i < handler.loanCount(); ++i) {
            outstanding += escrow.loanOf(handler.loans(i)).outstanding;
        }
        uint16 platform = handler.platformMember();
        vm.assertEq(escrow.exposureOfPlatform(platform).outstanding, outstanding, "I17: platform");
        vm.assertEq(escrow.exposureOf(handler.borrowersSubject(), platform).outstanding, outstanding, "I17: borrower");
        vm.assertEq(escrow.exposureOfPlatform(platform).loans, handler.loanCount(), "I17: loans");
    }

    function invariant_I18_theRegisterOfPositionsIsComplete() public view {
        for (uint256 k = 0; k < LENDERS; ++k) {
            bytes32 subject = handler.subjectAt(k);
            uint256 count = escrow.positionCount(subject);
            for (uint256 i = 0; i < handler.loanCount(); ++i) {
                bytes32 loan = handler.loans(i);
                uint256 named;
                for (uint256 n = 0; n < count; ++n) {
                    if (escrow.positionAt(subject, n) == loan) ++named;
                }
                vm.assertLe(named, 1, "I18: once");
                if (escrow.positionOf(loan, subject).units != 0) vm.assertEq(named, 1, "I18: complete");
            }
        }
    }

    function invariant_I19_undrawnMoneyIsThere() public view {
        for (uint256 i = 0; i < handler.loanCount(); ++i) {
            bytes32 loan = handler.loans(i);
            ILoanEscrow.Loan memory l = escrow.loanOf(loan);
            if (l.state != State.Active) continue;
            LedgerGhosts.Ghost memory g = handler.ghost(loan);
            uint256 undrawn = uint256(l.principal) + g.bounced - g.paidOut - l.undrawnReturned;
            vm.assertLe(undrawn, l.cash, "I19");
        }
    }

    function invariant_I20_theBanksClaimsAreThoseOfTheLoans() public view {
        uint256 claims;
        for (uint256 i = 0; i < handler.loanCount(); ++i) {
            claims += escrow.loanOf(handler.loans(i)).bankClaim;
        }
        vm.assertEq(token.bankClaims(), claims, "I20");
    }

    function invariant_I21_suspenseIsWhatNobodyWasFoundFor() public view {
        vm.assertEq(token.suspense(), handler.suspendedTotal(), "I21");
    }
}
