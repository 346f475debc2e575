// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IConsortium, Role} from "./IConsortium.sol";

/// @title Asks the consortium whether the sender holds a seat that may do what it asks.
/// @dev chain/roles.toml is the one table of what each function requires; these modifiers are its words.
abstract contract SeatGuard {
    uint256 internal constant PLATFORM = uint256(1) << uint256(Role.Platform);
    uint256 internal constant BANK = uint256(1) << uint256(Role.Bank);
    uint256 internal constant REGULATOR = uint256(1) << uint256(Role.Regulator);
    uint256 internal constant ARBITRATOR = uint256(1) << uint256(Role.Arbitrator);
    uint256 internal constant GUARANTOR = uint256(1) << uint256(Role.Guarantor);
    /// @dev Every member but the observer.
    uint256 internal constant ANY_SEAT = PLATFORM | BANK | REGULATOR | ARBITRATOR | GUARANTOR;

    IConsortium public immutable consortium;

    modifier onlyBank() {
        _requireSeat(BANK);
        _;
    }

    modifier onlyRegulator() {
        _requireSeat(REGULATOR);
        _;
    }

    modifier onlyAnySeat() {
        _requireSeat(ANY_SEAT);
        _;
    }

    constructor(IConsortium consortium_) {
        consortium = consortium_;
    }

    /// @return member the sender's member number
    function _requireSeat(uint256 roles) internal view returns (uint16 member) {
        return consortium.requireSeat(msg.sender, roles);
    }
}
