// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Role} from "./IConsortium.sol";

/// @title Second keys. What needs two keys is approved here by one and sent by the other. Permanent.
/// An action is keccak256(abi.encode(target, call data)): the approval fits this one call, byte for byte, and is used once.
/// Approvals are kept by role, so that no other role's key can take the place of the one that is needed.
interface IApprovals {
    /// @notice A key approved `action`; the approval may be used through business date `validThrough`.
    event Approved(bytes32 indexed action, address indexed by, uint16 indexed member, uint32 validThrough);
    /// @notice The approval that `by` gave was used by `sender`'s call.
    event ApprovalUsed(bytes32 indexed action, address indexed by, address indexed sender);
    /// @notice The approval that `by` gave was taken back.
    event ApprovalWithdrawn(bytes32 indexed action, address indexed by);

    /// @notice Nobody with a role that suffices approved this action, or not any more.
    error ApprovalMissing(bytes32 action);
    /// @notice The key that sends is the one that approved.
    error ApprovalOwn(bytes32 action, address key);
    /// @notice The approval's last business date has passed.
    error ApprovalExpired(bytes32 action, uint32 validThrough, uint32 businessDate);
    /// @notice The key that approved has been revoked since.
    error ApprovalRevoked(bytes32 action, address key);
    /// @notice A live key of the same role has approved this action, and the approval may still be used.
    error ApprovalExists(bytes32 action, address by);

    /// @notice Approves one call. Any seat's key with the scope Approve; whether the role suffices is asked when it is used.
    /// Valid for `VALID_DAYS` business days.
    function approve(bytes32 action) external;

    /// @notice Takes an approval back. The key that gave it, or its member's root.
    function withdraw(bytes32 action) external;

    /// @notice Uses an approval of `keccak256(abi.encode(msg.sender, data))`, given by another live key than `sender`'s whose role is
    /// in `roles`. Any contract, for calls to itself.
    function consume(bytes calldata data, address sender, uint256 roles) external;

    /// @return by the key of a member with `role` that approved; zero if none
    /// @return validThrough last business date on which it may be used
    function approvalOf(bytes32 action, Role role) external view returns (address by, uint32 validThrough);

    /// @notice The action that a call of `target` with `data` is.
    function actionOf(address target, bytes calldata data) external pure returns (bytes32);
}
