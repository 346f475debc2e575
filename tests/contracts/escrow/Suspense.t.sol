// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IApprovals} from "../../../contracts/consortium/IApprovals.sol";
import {BankEntry, ICustodyToken} from "../../../contracts/escrow/ICustodyToken.sol";
import {Entry, ILoanEscrow, Posted, Receipt, Recording} from "../../../contracts/escrow/ILoanEscrow.sol";
import {vm} from "../support/Vm.sol";
import {PaymentsTest} from "./PaymentsTest.sol";

/// @notice A credit that nobody could be found for turns out to be a payment.
contract SuspenseTest is PaymentsTest {
    BankEntry private entry;

    function setUp() public override {
        super.setUp();
        begin(baseTerms());
        entry = suspend(84_553);
    }

    function test_postsItAsAReceipt() public {
        uint32 seq = lengthOf(loan) + 1;
        uint256 supply = token.totalSupply();
        collectSuspense(held(84_553));
        Recording memory e = entryAt(seq);
        vm.assertEq(uint256(e.kind), uint256(Entry.PaymentPosted));
        vm.assertEq(e.payload, abi.encode(abi.decode(e.payload, (Posted)), entry));
        vm.assertEq(loanOf(loan).nextRow, 1);
        vm.assertEq(loanOf(loan).cash, 84_553);
        vm.assertEq(token.totalSupply(), supply + 84_553);
        vm.assertEq(token.suspense(), 0);
        // It can be reversed as any other.
        rebook(reversal(seq));
        vm.assertEq(loanOf(loan).cash, 0);
    }

    function test_onceAndForTheWholeAmount() public {
        suspenseRefused(
            held(84_552), abi.encodeWithSelector(ICustodyToken.CustodySuspenseAmount.selector, 84_552, 84_553)
        );
        collectSuspense(held(84_553));
        suspenseRefused(
            held(84_553),
            abi.encodeWithSelector(ICustodyToken.CustodyNotSuspended.selector, entry.statementNo, entry.entryNo)
        );
        refused(
            held(84_553),
            abi.encodeWithSelector(ICustodyToken.CustodyEntryUsed.selector, entry.statementNo, entry.entryNo)
        );
    }

    function test_needsTwoKeys() public {
        Receipt memory r = held(84_553);
        bytes32 action = keccak256(abi.encode(address(escrow), abi.encodeCall(ILoanEscrow.collectSuspense, (r))));
        vm.prank(bank);
        vm.expectRevert(abi.encodeWithSelector(IApprovals.ApprovalMissing.selector, action));
        escrow.collectSuspense(r);
    }

    function held(uint128 amount) private view returns (Receipt memory) {
        return Receipt(loan, lengthOf(loan), amount, START, entry);
    }

    function collectSuspense(Receipt memory r) private {
        withBothBankKeys(address(escrow), abi.encodeCall(ILoanEscrow.collectSuspense, (r)));
    }

    function suspenseRefused(Receipt memory r, bytes memory error) private {
        approveCall(bankSecond, address(escrow), abi.encodeCall(ILoanEscrow.collectSuspense, (r)));
        vm.prank(bank);
        vm.expectRevert(error);
        escrow.collectSuspense(r);
    }
}
