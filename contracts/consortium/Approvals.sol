// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IApprovals} from "./IApprovals.sol";
import {IConsortium, Role, Scope} from "./IConsortium.sol";
import {SeatGuard} from "./SeatGuard.sol";

/// @title See IApprovals.
contract Approvals is IApprovals, SeatGuard {
    /// @dev One slot.
    struct Approval {
        address by;
        uint16 member;
        uint32 validThrough;
    }

    /// @notice Business days after the approval's own on which it may be used.
    uint32 public constant VALID_DAYS = 7;

    mapping(bytes32 action => mapping(Role role => Approval)) private _approvals;

    constructor(IConsortium consortium_) SeatGuard(consortium_) {}

    /// @inheritdoc IApprovals
    function approve(bytes32 action) external {
        (uint16 member, uint32 today,) = _requireSeat(ANY_SEAT, Scope.Approve);
        Approval storage a = _approvals[action][consortium.keyOf(msg.sender).role];
        require(!_usable(a, today), ApprovalExists(action, a.by));

        a.by = msg.sender;
        a.member = member;
        a.validThrough = today + VALID_DAYS;

        emit Approved(action, msg.sender, member, today + VALID_DAYS);
    }

    /// @inheritdoc IApprovals
    function withdraw(bytes32 action) external {
        (uint16 member,,) = _requireSeat(ANY_SEAT, Scope.Approve);
        Role role = consortium.keyOf(msg.sender).role;
        Approval memory a = _approvals[action][role];
        require(
            a.by != address(0)
                && (a.by == msg.sender || (a.member == member && consortium.member(member).root == msg.sender)),
            ApprovalMissing(action)
        );

        delete _approvals[action][role];

        emit ApprovalWithdrawn(action, a.by);
    }

    /// @inheritdoc IApprovals
    function consume(bytes calldata data, address sender, uint256 roles) external {
        bytes32 action = actionOf(msg.sender, data);
        uint32 today = consortium.businessDate();
        Approval memory unfit = Approval({by: address(0), member: 0, validThrough: 0});
        for (uint8 number = 1; number <= uint8(type(Role).max); ++number) {
            if (roles & (uint256(1) << number) == 0) continue;
            Approval memory a = _approvals[action][Role(number)];
            if (a.by == address(0)) continue;
            if (a.by != sender && _usable(a, today)) {
                delete _approvals[action][Role(number)];

                emit ApprovalUsed(action, a.by, sender);
                return;
            }
            unfit = a;
        }

        require(unfit.by != address(0), ApprovalMissing(action));
        require(unfit.by != sender, ApprovalOwn(action, sender));
        require(today <= unfit.validThrough, ApprovalExpired(action, unfit.validThrough, today));
        revert ApprovalRevoked(action, unfit.by);
    }

    /// @inheritdoc IApprovals
    function approvalOf(bytes32 action, Role role) external view returns (address by, uint32 validThrough) {
        Approval storage a = _approvals[action][role];
        return (a.by, a.validThrough);
    }

    /// @inheritdoc IApprovals
    function actionOf(address target, bytes calldata data) public pure returns (bytes32) {
        return keccak256(abi.encode(target, data));
    }

    /// @dev A key's role and scopes never change, so a live one still has what it had when it approved.
    function _usable(Approval memory a, uint32 today) private view returns (bool) {
        return a.by != address(0) && today <= a.validThrough && consortium.keyOf(a.by).live;
    }
}
