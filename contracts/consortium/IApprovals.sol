// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @title Second keys. What needs two keys is approved here by one and sent by the other. Permanent.
/// An action is keccak256(abi.encode(target, call data)): the approval fits this one call, byte for byte, and is used once.
interface IApprovals {
    event Approved(bytes32 indexed action, address indexed by, uint16 indexed member, uint32 validThrough);
    event ApprovalUsed(bytes32 indexed action, address indexed by, address indexed sender);
    event ApprovalWithdrawn(bytes32 indexed action, address indexed by);

    error ApprovalMissing(bytes32 action);
    error ApprovalOwn(bytes32 action, address key);
    error ApprovalExpired(bytes32 action, uint32 validThrough, uint32 businessDate);
    error ApprovalExists(bytes32 action, address by);

    /// @notice Approves one call. Any seat's key with the scope Approve; whether the role suffices is asked when it is used.
    /// Valid for `VALID_DAYS` business days.
    function approve(bytes32 action) external;

    /// @notice Takes an approval back. The key that gave it, or its member's root.
    function withdraw(bytes32 action) external;

    /// @notice Uses an approval of `keccak256(abi.encode(msg.sender, data))`, given by another live key than `sender`'s whose role is
    /// in `roles`. Any contract, for calls to itself.
    function consume(bytes calldata data, address sender, uint256 roles) external;

    function approvalOf(bytes32 action) external view returns (address by, uint32 validThrough);
    function actionOf(address target, bytes calldata data) external pure returns (bytes32);
}
