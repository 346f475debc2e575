// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IDocumentCommitments} from "../../../contracts/documents/IDocumentCommitments.sol";
import {Entry, ILoanEscrow} from "../../../contracts/escrow/ILoanEscrow.sol";
import {LedgerTest} from "../support/LedgerTest.sol";
import {vm} from "../support/Vm.sol";

contract DocumentCommitmentsTest is LedgerTest {
    bytes32 private loan;

    function setUp() public override {
        super.setUp();
        (loan,) = proposedLoan();
    }

    function test_commitmentIsAnEntryOfTheLoansHistory() public {
        bytes memory payload = abi.encode(bytes32("id"), bytes32("cid"), bytes32("hash"), uint64(65_536), uint8(3));
        (bytes32 before,) = escrow.history(loan);
        bytes32 head = keccak256(
            abi.encode(before, loan, uint32(2), START, Entry.DocumentCommitted, arbitrator, keccak256(payload))
        );
        vm.expectEmit();
        emit ILoanEscrow.Recorded(loan, 2, START, Entry.DocumentCommitted, arbitrator, payload, head);
        vm.prank(arbitrator);
        documents.commit(loan, 1, "id", "cid", "hash", 65_536, 3);
        vm.assertTrue(documents.committed(loan, "id"));
    }

    function test_refusesADocumentASecondTimeButNotAtAnotherLoan() public {
        commit(platform, 1, "id");
        vm.prank(platform);
        vm.expectRevert(abi.encodeWithSelector(IDocumentCommitments.DocumentExists.selector, loan, bytes32("id")));
        documents.commit(loan, 2, "id", "other", "other", 1, 1);
        (loan,) = proposedLoan();
        commit(platform, 1, "id");
    }

    function test_refusesIncompleteCommitmentsAndUnknownKinds() public {
        vm.startPrank(bank);
        vm.expectRevert(abi.encodeWithSelector(IDocumentCommitments.DocumentInvalid.selector, bytes32(0)));
        documents.commit(loan, 1, 0, "cid", "hash", 1, 1);
        bytes memory error = abi.encodeWithSelector(IDocumentCommitments.DocumentInvalid.selector, bytes32("id"));
        vm.expectRevert(error);
        documents.commit(loan, 1, "id", 0, "hash", 1, 1);
        vm.expectRevert(error);
        documents.commit(loan, 1, "id", "cid", 0, 1, 1);
        vm.expectRevert(error);
        documents.commit(loan, 1, "id", "cid", "hash", 1, 0);
        vm.expectRevert(error);
        documents.commit(loan, 1, "id", "cid", "hash", 1, 5);
    }

    function test_refusesASizeThatReadersCantHold() public {
        vm.startPrank(bank);
        bytes memory error = abi.encodeWithSelector(IDocumentCommitments.DocumentInvalid.selector, bytes32("id"));
        vm.expectRevert(error);
        documents.commit(loan, 1, "id", "cid", "hash", 0, 1);
        vm.expectRevert(error);
        documents.commit(loan, 1, "id", "cid", "hash", 2 ** 53, 1);
        documents.commit(loan, 1, "id", "cid", "hash", 2 ** 53 - 1, 1);
    }

    function test_aPlatformCommitsToItsOwnLoansOnly() public {
        vm.prank(rival);
        vm.expectRevert(abi.encodeWithSelector(ILoanEscrow.EscrowNotServicer.selector, loan, 1, 7));
        documents.commit(loan, 1, "id", "cid", "hash", 1, 1);
        commit(bank, 1, "by the bank");
        commit(regulator, 2, "by the regulator");
    }

    function test_refusesAnUnknownLoanAndAnOldLength() public {
        vm.startPrank(platform);
        vm.expectRevert(abi.encodeWithSelector(ILoanEscrow.LoanUnknown.selector, bytes32("none")));
        documents.commit("none", 0, "id", "cid", "hash", 1, 1);
        vm.expectRevert(abi.encodeWithSelector(ILoanEscrow.HistoryMoved.selector, loan, 1, 0));
        documents.commit(loan, 0, "id", "cid", "hash", 1, 1);
    }

    /// @notice No ledger contract can write entries that tell of money.
    function test_otherContractsAppendOnlyDocuments() public {
        for (uint256 kind = 0; kind < uint256(Entry.DocumentCommitted); ++kind) {
            vm.prank(address(documents));
            vm.expectRevert(abi.encodeWithSelector(ILoanEscrow.EntryReserved.selector, kind));
            escrow.append(loan, 1, Entry(kind), bank, "");
        }
    }

    function commit(address sender, uint32 length, bytes32 id) private {
        vm.prank(sender);
        documents.commit(loan, length, id, "cid", "hash", 1, 1);
    }
}
