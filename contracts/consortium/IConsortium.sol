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

/// @notice What an operational key may be used for, by bit number. chain/roles.toml says which functions belong to which.
enum Scope {
    Lend, // propose, cancel, disburse, draw
    Relay, // what any seat may send with a party's signature or once its condition holds
    Book, // bank entries
    Attest, // balances and day-ends
    Identify, // parties and their replacement
    Correct, // reversals, suspense
    Supervise, // profiles, working days, freezes, consents
    Document,
    Approve, // the second key
    Vote
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

    /// @param scopes bit set of `Scope`
    /// @param limit most minor units that one call may book or instruct with this key alone; 0: no limit
    struct Key {
        uint16 member;
        Role role;
        bool live;
        uint64 scopes;
        uint128 limit;
    }

    /// @param codeHash `extcodehash` at recording
    /// @param ledger true for contracts that may move custody tokens and append to histories
    struct Deployment {
        address at;
        bool ledger;
        bytes32 codeHash;
    }

    /// @notice A member was admitted; `root` stands for it.
    event MemberAdmitted(uint16 indexed member, Role role, address root, bytes32 name);
    /// @notice `key` acts for the member within `scopes`, alone up to `limit` minor units a call (0: no limit).
    event KeyRegistered(uint16 indexed member, address indexed key, uint64 scopes, uint128 limit);
    /// @notice `key` acts for nobody any more.
    event KeyRevoked(uint16 indexed member, address indexed key);
    /// @notice A contract was recorded under `name`; `ledger` if it may move custody tokens and append to histories.
    event DeploymentRecorded(bytes32 indexed name, address at, bool ledger, bytes32 codeHash);
    /// @notice The deployer gave up all power.
    event Renounced(address deployer);

    /// @notice Only the deployer may, and only until it renounces.
    error ConsortiumNotDeployer(address sender);
    /// @notice `key` holds no seat (role 0), or one whose role may not do this.
    error ConsortiumSeatNotAllowed(address key, uint8 role);
    /// @notice The role may do this, but the key was not given this scope.
    error ConsortiumScope(address key, uint8 scope);
    /// @notice No scope at all, or a bit that stands for none.
    error ConsortiumScopesInvalid(uint64 scopes);
    /// @notice `key` did not sign its own registration with these scopes and this limit at this member.
    error ConsortiumKeySignatureInvalid(address key);
    /// @notice Only the calendar recorded as `Calendar` tells the date.
    error ConsortiumNotCalendar(address sender);
    /// @notice `key` belongs, or once belonged, to a member.
    error ConsortiumKeyInUse(address key);
    /// @notice Only a member's root manages its keys.
    error ConsortiumNotRoot(address sender);
    /// @notice No such live key of the sender's member, or the zero address.
    error ConsortiumKeyUnknown(address key);
    /// @notice A member needs a role.
    error ConsortiumRoleInvalid(uint8 role);
    /// @notice The name is empty or taken.
    error ConsortiumNameInUse(bytes32 name);
    /// @notice There is no contract at the address.
    error ConsortiumNoCode(address at);

    /// @notice Admits a member; its root is its first operational key. Deployer only, until it renounces.
    function admit(address root, Role role, bytes32 name) external returns (uint16 member);

    /// @notice Registers an operational key of the sender's member with its scopes and limit. Root only. `signature` is the key's own
    /// over `keyDigest`, so that nobody registers a key it does not hold. A root has all scopes and no limit.
    function registerKey(address key, uint64 scopes, uint128 limit, bytes calldata signature) external;

    /// @notice EIP-712 digest of `KeyRegistration(address key,uint16 member,uint64 scopes,uint128 limit)`.
    function keyDigest(address key, uint16 member, uint64 scopes, uint128 limit) external view returns (bytes32);

    /// @notice The calendar tells the business date, kept here beside the keys so that one call answers both. Calendar only.
    function setBusinessDate(uint32 day) external;

    /// @notice The ledger's business date; 0 until a calendar is recorded.
    function businessDate() external view returns (uint32);

    /// @notice Revokes an operational key of the sender's member at once. Root only.
    function revokeKey(address key) external;

    /// @notice Records a deployed contract under its name, once. Deployer only, until it renounces.
    function recordDeployment(bytes32 name, address at, bool ledger) external;

    /// @notice The deployer gives up all power, for good.
    function renounce() external;

    /// @return member 0 if the key is unknown or revoked
    /// @return role `Role.None` if the key is unknown or revoked
    function seatOf(address key) external view returns (uint16 member, Role role);

    /// @notice Reverts with `ConsortiumSeatNotAllowed` unless `key` is a live key whose role is in `roles`, and with
    /// `ConsortiumScope` unless its scopes hold `scope`.
    /// @param roles bit set, bit n for the role numbered n
    /// @return member the member's number
    /// @return today the business date
    /// @return limit of the key, minor units; the largest number if it has none
    function requireSeat(address key, uint256 roles, Scope scope)
        external
        view
        returns (uint16 member, uint32 today, uint128 limit);

    /// @notice What is known of `key`, also after it was revoked; zeros if it was never registered.
    function keyOf(address key) external view returns (Key memory);

    /// @notice The member numbered `number`; zeros if there is none.
    function member(uint16 number) external view returns (Member memory);

    /// @notice How many members there are; they are numbered from 1.
    function memberCount() external view returns (uint16);

    /// @notice How many deployments are recorded: with the names a member knows, it can tell that there are no others.
    function deploymentCount() external view returns (uint16);

    /// @notice How many addresses may move custody tokens and append to histories.
    function ledgerCount() external view returns (uint16);

    /// @notice The contract recorded under `name`; zeros if there is none.
    function deployment(bytes32 name) external view returns (Deployment memory);

    /// @notice Whether the contract may move custody tokens and append to histories.
    function isLedger(address at) external view returns (bool);

    /// @notice Zero once it has renounced.
    function deployer() external view returns (address);
}
