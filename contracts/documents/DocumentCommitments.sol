// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IConsortium, Role, Scope} from "../consortium/IConsortium.sol";
import {SeatGuard} from "../consortium/SeatGuard.sol";
import {Entry, ILoanEscrow} from "../escrow/ILoanEscrow.sol";
import {IDocumentCommitments} from "./IDocumentCommitments.sol";

/// @title See IDocumentCommitments.
contract DocumentCommitments is IDocumentCommitments, SeatGuard {
    uint8 private constant LAST_KIND = 4;
    /// @notice What every reader's integers hold, JSON's included.
    uint64 public constant MAX_SIZE = 2 ** 53 - 1;

    ILoanEscrow public immutable escrow;

    /// @inheritdoc IDocumentCommitments
    mapping(bytes32 loan => mapping(bytes32 documentId => bool)) public committed;

    constructor(IConsortium consortium_, ILoanEscrow escrow_) SeatGuard(consortium_) {
        escrow = escrow_;
    }

    /// @inheritdoc IDocumentCommitments
    function commit(
        bytes32 loan,
        uint32 expectedLength,
        bytes32 documentId,
        bytes32 cidCommitment,
        bytes32 contentHash,
        uint64 size,
        uint8 kind
    ) external {
        (uint16 member,,) = _requireSeat(PLATFORM | BANK | REGULATOR | ARBITRATOR, Scope.Document);
        _requireOwnLoan(loan, member);
        require(
            documentId != 0 && cidCommitment != 0 && contentHash != 0 && size != 0 && size <= MAX_SIZE && kind != 0
                && kind <= LAST_KIND,
            DocumentInvalid(documentId)
        );
        require(!committed[loan][documentId], DocumentExists(loan, documentId));

        committed[loan][documentId] = true;

        bytes memory payload = abi.encode(documentId, cidCommitment, contentHash, size, kind);
        escrow.append(loan, expectedLength, Entry.DocumentCommitted, msg.sender, payload);
    }

    /// @dev A platform commits to its own loans only.
    function _requireOwnLoan(bytes32 loan, uint16 member) private view {
        if (consortium.member(member).role != Role.Platform) return;
        uint16 servicer = escrow.loanOf(loan).platform;
        // An unknown loan has no servicer; the escrow names that error.
        require(servicer == 0 || servicer == member, ILoanEscrow.EscrowNotServicer(loan, servicer, member));
    }
}
