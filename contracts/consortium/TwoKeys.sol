// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IApprovals} from "./IApprovals.sol";
import {SeatGuard} from "./SeatGuard.sol";

/// @title For functions that need two keys: one approves exactly this call, another sends it.
abstract contract TwoKeys is SeatGuard {
    IApprovals public immutable approvals;

    constructor(IApprovals approvals_) {
        approvals = approvals_;
    }

    /// @dev Uses the approval of the running call, given by another key than the sender's whose role is in `roles`.
    function _requireSecondKey(uint256 roles) internal {
        approvals.consume(msg.data, msg.sender, roles);
    }
}
