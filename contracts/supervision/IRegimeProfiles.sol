// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @title Limits that loans name in their terms, set by the regulator with effective dates. Permanent.
interface IRegimeProfiles {
    /// @param rateCapNano highest nominal annual rate, 1e-9 per year
    /// @param reversalDays days after full repayment in which the bank may still reverse an entry
    /// @param effectiveFrom first business date for new loans
    /// @param effectiveThrough last business date for new loans; 9999-12-31 at most
    struct Profile {
        uint64 rateCapNano;
        uint16 reversalDays;
        uint32 effectiveFrom;
        uint32 effectiveThrough;
    }

    event ProfileSet(
        bytes32 indexed id, uint64 rateCapNano, uint16 reversalDays, uint32 effectiveFrom, uint32 effectiveThrough
    );

    error RegimeExists(bytes32 id);
    error RegimeInvalid(bytes32 id);
    error RegimeUnknown(bytes32 id);
    error RegimeNotEffective(bytes32 id, uint32 businessDate, uint32 effectiveFrom, uint32 effectiveThrough);

    /// @notice Sets a profile once; a change is a new profile. Regulator only.
    function set(bytes32 id, Profile calldata profile) external;

    /// @notice Reverts with `RegimeUnknown` if there is none.
    function profile(bytes32 id) external view returns (Profile memory);

    /// @notice The profile, if new loans may name it on `day`; reverts otherwise.
    function effective(bytes32 id, uint32 day) external view returns (Profile memory);
}
