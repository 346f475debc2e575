// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IConsortium} from "../consortium/IConsortium.sol";
import {SeatGuard} from "../consortium/SeatGuard.sol";
import {IParties, PartyKind} from "./IParties.sol";

/// @title See IParties.
contract Parties is IParties, SeatGuard {
    mapping(address account => Party) private _parties;
    /// @inheritdoc IParties
    mapping(bytes32 subject => address account) public accountOf;

    constructor(IConsortium consortium_) SeatGuard(consortium_) {}

    /// @inheritdoc IParties
    function register(address account, bytes32 subject, PartyKind kind) external onlyBank {
        require(
            account != address(0) && !consortium.isLedger(account) && subject != 0 && kind != PartyKind.None,
            PartiesInvalid(account, subject, uint8(kind))
        );
        require(_parties[account].kind == PartyKind.None, PartiesAccountInUse(account));
        require(accountOf[subject] == address(0), PartiesSubjectInUse(subject));

        _parties[account] = Party({subject: subject, kind: kind});
        accountOf[subject] = account;

        emit PartyRegistered(account, subject, kind);
    }

    /// @inheritdoc IParties
    function party(address account) external view returns (Party memory found) {
        found = _parties[account];
        require(found.kind != PartyKind.None, PartiesUnknown(account));
    }
}
