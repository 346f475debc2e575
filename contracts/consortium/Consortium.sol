// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IConsortium, Role} from "./IConsortium.sol";

/// @title See IConsortium.
contract Consortium is IConsortium {
    /// @dev One slot. A key belongs to one member for ever: a revoked key keeps its member and can't be registered again, so an
    /// actor in a history always names the same organisation.
    struct Seat {
        uint16 member;
        Role role;
        bool live;
    }

    // One slot.
    /// @inheritdoc IConsortium
    address public deployer;
    /// @inheritdoc IConsortium
    uint16 public memberCount;
    /// @inheritdoc IConsortium
    uint16 public deploymentCount;
    /// @inheritdoc IConsortium
    uint16 public ledgerCount;

    mapping(uint16 number => Member) private _members;
    mapping(address key => Seat) private _seats;
    mapping(bytes32 name => bool) private _memberNames;
    mapping(bytes32 name => Deployment) private _deployments;
    /// @inheritdoc IConsortium
    mapping(address at => bool) public isLedger;

    modifier onlyDeployer() {
        require(msg.sender == deployer, ConsortiumNotDeployer(msg.sender));
        _;
    }

    constructor() {
        deployer = msg.sender;
    }

    /// @inheritdoc IConsortium
    function admit(address root, Role role, bytes32 name) external onlyDeployer returns (uint16 number) {
        require(role != Role.None, ConsortiumRoleInvalid(uint8(role)));
        require(root != address(0), ConsortiumKeyUnknown(root));
        require(_seats[root].member == 0, ConsortiumKeyInUse(root));
        require(name != 0 && !_memberNames[name], ConsortiumNameInUse(name));

        number = ++memberCount;
        _memberNames[name] = true;
        _members[number] = Member({role: role, active: true, root: root, name: name});
        _seats[root] = Seat({member: number, role: role, live: true});

        emit MemberAdmitted(number, role, root, name);
        emit KeyRegistered(number, root);
    }

    /// @inheritdoc IConsortium
    function registerKey(address key) external {
        uint16 number = _requireRoot();
        require(key != address(0), ConsortiumKeyUnknown(key));
        require(_seats[key].member == 0, ConsortiumKeyInUse(key));

        _seats[key] = Seat({member: number, role: _members[number].role, live: true});

        emit KeyRegistered(number, key);
    }

    /// @inheritdoc IConsortium
    function revokeKey(address key) external {
        uint16 number = _requireRoot();
        require(_seats[key].member == number && _seats[key].live, ConsortiumKeyUnknown(key));

        // The root may revoke itself as an operational key; it stays the root.
        _seats[key].live = false;

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

        emit DeploymentRecorded(name, at, ledger, at.codehash);
    }

    /// @inheritdoc IConsortium
    function renounce() external onlyDeployer {
        deployer = address(0);

        emit Renounced(msg.sender);
    }

    /// @inheritdoc IConsortium
    function seatOf(address key) public view returns (uint16 number, Role role) {
        Seat memory seat = _seats[key];
        return seat.live ? (seat.member, seat.role) : (0, Role.None);
    }

    /// @inheritdoc IConsortium
    function requireSeat(address key, uint256 roles) external view returns (uint16 number) {
        Role role;
        (number, role) = seatOf(key);
        // No seat has `Role.None`, whatever `roles` says.
        require(number != 0 && roles & (uint256(1) << uint256(role)) != 0, ConsortiumSeatNotAllowed(key, uint8(role)));
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
        number = _seats[msg.sender].member;
        require(number != 0 && _members[number].root == msg.sender, ConsortiumNotRoot(msg.sender));
    }
}
