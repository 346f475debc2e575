// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @notice What a member does in the consortium. Stored and signed by number; never renumbered.
enum Role {
    None,
    Platform,
    Bank,
    Regulator,
    Arbitrator,
    Guarantor,
    Observer
}

/// @title The members, their keys and the ledger's deployments. Permanent.
interface IConsortium {
    /// @param root the key that stands for the organisation; registers and revokes its operational keys
    struct Member {
        Role role;
        bool active;
        address root;
        bytes32 name;
    }

    /// @param codeHash `extcodehash` at recording
    /// @param ledger true for contracts that may move custody tokens and append to histories
    struct Deployment {
        address at;
        bool ledger;
        bytes32 codeHash;
    }

    event MemberAdmitted(uint16 indexed member, Role role, address root, bytes32 name);
    event KeyRegistered(uint16 indexed member, address indexed key);
    event KeyRevoked(uint16 indexed member, address indexed key);
    event DeploymentRecorded(bytes32 indexed name, address at, bool ledger, bytes32 codeHash);
    event Renounced(address deployer);

    error ConsortiumNotDeployer(address sender);
    error ConsortiumSeatNotAllowed(address key, uint8 role);
    error ConsortiumKeyInUse(address key);
    error ConsortiumNotRoot(address sender);
    error ConsortiumKeyUnknown(address key);
    error ConsortiumRoleInvalid(uint8 role);
    error ConsortiumNameInUse(bytes32 name);
    error ConsortiumNoCode(address at);

    /// @notice Admits a member; its root is its first operational key. Deployer only, until it renounces.
    function admit(address root, Role role, bytes32 name) external returns (uint16 member);

    /// @notice Registers an operational key of the sender's member. Root only.
    function registerKey(address key) external;

    /// @notice Revokes an operational key of the sender's member at once. Root only.
    function revokeKey(address key) external;

    /// @notice Records a deployed contract under its name, once. Deployer only, until it renounces.
    function recordDeployment(bytes32 name, address at, bool ledger) external;

    /// @notice The deployer gives up all power, for good.
    function renounce() external;

    /// @return member 0 if the key is unknown or revoked
    /// @return role `Role.None` if the key is unknown or revoked
    function seatOf(address key) external view returns (uint16 member, Role role);

    /// @notice Reverts with `ConsortiumSeatNotAllowed` unless `key` is a live key whose role is in `roles`.
    /// @param roles bit set, bit n for the role numbered n
    /// @return member the member's number
    function requireSeat(address key, uint256 roles) external view returns (uint16 member);

    function member(uint16 number) external view returns (Member memory);
    function memberCount() external view returns (uint16);

    /// @notice How many deployments are recorded: with the names a member knows, it can tell that there are no others.
    function deploymentCount() external view returns (uint16);

    /// @notice How many addresses may move custody tokens and append to histories.
    function ledgerCount() external view returns (uint16);
    function deployment(bytes32 name) external view returns (Deployment memory);
    function isLedger(address at) external view returns (bool);
    function deployer() external view returns (address);
}
