// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IConsortium, Scope} from "../consortium/IConsortium.sol";
import {SeatGuard} from "../consortium/SeatGuard.sol";
import {IRegimeProfiles} from "./IRegimeProfiles.sol";

/// @title See IRegimeProfiles.
contract RegimeProfiles is IRegimeProfiles, SeatGuard {
    /// @notice No profile may allow more than this nominal annual rate: 100 times the principal a year.
    uint64 public constant MAX_RATE_CAP_NANO = 100e9;

    /// @notice 9999-12-31, the last date that calendars off the chain can write.
    uint32 public constant LAST_DAY = 2_932_896;

    mapping(bytes32 id => Profile) private _profiles;

    constructor(IConsortium consortium_) SeatGuard(consortium_) {}

    /// @inheritdoc IRegimeProfiles
    function set(bytes32 id, Profile calldata given) external onlyRegulator(Scope.Supervise) {
        require(_profiles[id].effectiveThrough == 0, RegimeExists(id));
        require(
            id != 0 && given.rateCapNano <= MAX_RATE_CAP_NANO && given.effectiveThrough != 0
                && given.effectiveThrough <= LAST_DAY && given.effectiveFrom <= given.effectiveThrough,
            RegimeInvalid(id)
        );

        _profiles[id] = given;

        emit ProfileSet(id, given.rateCapNano, given.reversalDays, given.effectiveFrom, given.effectiveThrough);
    }

    /// @inheritdoc IRegimeProfiles
    function profile(bytes32 id) public view returns (Profile memory found) {
        found = _profiles[id];
        require(found.effectiveThrough != 0, RegimeUnknown(id));
    }

    /// @inheritdoc IRegimeProfiles
    function effective(bytes32 id, uint32 day) external view returns (Profile memory found) {
        found = profile(id);
        require(
            found.effectiveFrom <= day && day <= found.effectiveThrough,
            RegimeNotEffective(id, day, found.effectiveFrom, found.effectiveThrough)
        );
    }
}
