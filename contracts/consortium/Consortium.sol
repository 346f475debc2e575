// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {ICalendar} from "../calendar/ICalendar.sol";
import {PartySignature} from "../parties/PartySignature.sol";
import {IConsortium, Role, Scope} from "./IConsortium.sol";

/// @title See IConsortium.
contract Consortium is IConsortium, EIP712 {
    bytes32 private constant KEY_REGISTRATION_TYPE =
        keccak256("KeyRegistration(address key,uint16 member,uint64 scopes,uint128 limit)");
    uint64 private constant ALL_SCOPES = uint64((uint256(1) << (uint256(type(Scope).max) + 1)) - 1);
    bytes32 private constant CALENDAR = "Calendar";

    // One slot.
    /// @inheritdoc IConsortium
    address public deployer;
    /// @inheritdoc IConsortium
    uint16 public memberCount;
    /// @inheritdoc IConsortium
    uint16 public deploymentCount;
    /// @inheritdoc IConsortium
    uint16 public ledgerCount;
    /// @inheritdoc IConsortium
    uint32 public businessDate;

    mapping(uint16 number => Member) private _members;
    /// @dev One slot each. A key belongs to one member for ever: a revoked key keeps its member and can't be registered again, so an
    /// actor in a history always names the same organisation.
    mapping(address key => Key) private _keys;
    mapping(bytes32 name => bool) private _memberNames;
    mapping(bytes32 name => Deployment) private _deployments;
    /// @inheritdoc IConsortium
    mapping(address at => bool) public isLedger;

    modifier onlyDeployer() {
        require(msg.sender == deployer, ConsortiumNotDeployer(msg.sender));
        _;
    }

    constructor() EIP712("loan-ledger", "1") {
        deployer = msg.sender;
    }

    /// @inheritdoc IConsortium
    function admit(address root, Role role, bytes32 name) external onlyDeployer returns (uint16 number) {
        require(role != Role.None, ConsortiumRoleInvalid(uint8(role)));
        require(root != address(0), ConsortiumKeyUnknown(root));
        require(_keys[root].member == 0, ConsortiumKeyInUse(root));
        require(name != 0 && !_memberNames[name], ConsortiumNameInUse(name));

        number = ++memberCount;
        _memberNames[name] = true;
        _members[number] = Member({role: role, active: true, root: root, name: name});
        _keys[root] = Key({member: number, role: role, live: true, scopes: ALL_SCOPES, limit: 0});

        emit MemberAdmitted(number, role, root, name);
        emit KeyRegistered(number, root, ALL_SCOPES, 0);
    }

    /// @inheritdoc IConsortium
    function registerKey(address key, uint64 scopes, uint128 limit, bytes calldata signature) external {
        uint16 number = _requireRoot();
        require(key != address(0), ConsortiumKeyUnknown(key));
        require(_keys[key].member == 0, ConsortiumKeyInUse(key));
        require(scopes != 0 && scopes & ~ALL_SCOPES == 0, ConsortiumScopesInvalid(scopes));
        require(
            PartySignature.isValid(key, keyDigest(key, number, scopes, limit), signature),
            ConsortiumKeySignatureInvalid(key)
        );

        _keys[key] = Key({member: number, role: _members[number].role, live: true, scopes: scopes, limit: limit});

        emit KeyRegistered(number, key, scopes, limit);
    }

    /// @inheritdoc IConsortium
    function revokeKey(address key) external {
        uint16 number = _requireRoot();
        require(_keys[key].member == number && _keys[key].live, ConsortiumKeyUnknown(key));

        // The root may revoke itself as an operational key; it stays the root.
        _keys[key].live = false;

        emit KeyRevoked(number, key);
    }

    /// @inheritdoc IConsortium
    function recordDeployment(bytes32 name, address at, bool ledger) external onlyDeployer {
        require(name != 0 && _deployments[name].at == address(0), ConsortiumNameInUse(name));
        require(at.code.length != 0, ConsortiumNoCode(at));

        _deployments[name] = Deployment({at: at, ledger: ledger, codeHash: at.codehash});
        ++deploymentCount;
        if (ledger && !isLedger[at]) {
            isLedger[at] = true;
            ++ledgerCount;
        }

        // From now on this calendar tells the date.
        if (name == CALENDAR) businessDate = ICalendar(at).businessDate();

        emit DeploymentRecorded(name, at, ledger, at.codehash);
    }

    /// @inheritdoc IConsortium
    function setBusinessDate(uint32 day) external {
        require(msg.sender == _deployments[CALENDAR].at, ConsortiumNotCalendar(msg.sender));

        businessDate = day;
    }

    /// @inheritdoc IConsortium
    function renounce() external onlyDeployer {
        deployer = address(0);

        emit Renounced(msg.sender);
    }

    /// @inheritdoc IConsortium
    function seatOf(address key) external view returns (uint16 number, Role role) {
        Key storage k = _keys[key];
        return k.live ? (k.member, k.role) : (0, Role.None);
    }

    /// @inheritdoc IConsortium
    function requireSeat(address key, uint256 roles, Scope scope)
        external
        view
        returns (uint16 number, uint32 today, uint128 limit)
    {
        Key memory k = _keys[key];
        Role role = k.live ? k.role : Role.None;
        // No seat has `Role.None`, whatever `roles` says.
        require(
            role != Role.None && roles & (uint256(1) << uint256(role)) != 0, ConsortiumSeatNotAllowed(key, uint8(role))
        );
        require(k.scopes & (uint256(1) << uint256(scope)) != 0, ConsortiumScope(key, uint8(scope)));

        return (k.member, businessDate, k.limit == 0 ? type(uint128).max : k.limit);
    }

    /// @inheritdoc IConsortium
    function keyOf(address key) external view returns (Key memory) {
        return _keys[key];
    }

    /// @inheritdoc IConsortium
    function keyDigest(address key, uint16 number, uint64 scopes, uint128 limit) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(KEY_REGISTRATION_TYPE, key, number, scopes, limit)));
    }

    /// @inheritdoc IConsortium
    function member(uint16 number) external view returns (Member memory) {
        return _members[number];
    }

    /// @inheritdoc IConsortium
    function deployment(bytes32 name) external view returns (Deployment memory) {
        return _deployments[name];
    }

    /// @return number of the member whose root the sender is
    function _requireRoot() private view returns (uint16 number) {
        number = _keys[msg.sender].member;
        require(number != 0 && _members[number].root == msg.sender, ConsortiumNotRoot(msg.sender));
    }
}
