// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IConsortium, Role, Scope} from "./IConsortium.sol";

/// @title Asks the consortium whether the sender's key may do what it asks.
/// @dev chain/roles.toml says which roles each function requires and chain/scopes.toml which scope; these modifiers are their words.
abstract contract SeatGuard {
    uint256 internal constant PLATFORM = uint256(1) << uint256(Role.Platform);
    uint256 internal constant BANK = uint256(1) << uint256(Role.Bank);
    uint256 internal constant REGULATOR = uint256(1) << uint256(Role.Regulator);
    uint256 internal constant ARBITRATOR = uint256(1) << uint256(Role.Arbitrator);
    uint256 internal constant GUARANTOR = uint256(1) << uint256(Role.Guarantor);
    /// @dev Every member but the observer.
    uint256 internal constant ANY_SEAT = PLATFORM | BANK | REGULATOR | ARBITRATOR | GUARANTOR;

    IConsortium public immutable consortium;

    modifier onlyBank(Scope scope) {
        _requireSeat(BANK, scope);
        _;
    }

    modifier onlyRegulator(Scope scope) {
        _requireSeat(REGULATOR, scope);
        _;
    }

    modifier onlyAnySeat(Scope scope) {
        _requireSeat(ANY_SEAT, scope);
        _;
    }

    constructor(IConsortium consortium_) {
        consortium = consortium_;
    }

    /// @return member the sender's member number
    /// @return today the business date
    /// @return limit of the sender's key, minor units; the largest number if it has none
    function _requireSeat(uint256 roles, Scope scope)
        internal
        view
        returns (uint16 member, uint32 today, uint128 limit)
    {
        return consortium.requireSeat(msg.sender, roles, scope);
    }
}
