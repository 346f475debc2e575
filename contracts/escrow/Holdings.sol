// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {EscrowBase} from "./EscrowBase.sol";
import {ILoanEscrow} from "./ILoanEscrow.sol";

/// @title Units of loans and the subjects that hold them.
abstract contract Holdings is EscrowBase {
    /// @dev Gives new units of a loan to `subject`, before the loan has earned anything.
    function _issue(LoanSlots storage l, bytes32 loan, bytes32 subject, uint64 units, uint8 class) internal {
        uint16 weight = 0;
        if (class < l.rateShares.length) weight = l.rateShares[class];
        if (weight == 0) revert ILoanEscrow.SubscriptionClass(class, _lastClass(l));

        _holder(loan, subject, class).units += units;
        // At most 2^64 units with weights below 2^16.
        // forge-lint: disable-next-line(unsafe-typecast)
        l.weighted += uint80(uint256(units) * weight);
    }

    /// @dev The position of a subject that is to hold units of `class`: a subject holds one class at a time, or shares of the
    /// interest could not be told apart. Its first units of a loan enter the loan in the register of positions.
    function _holder(bytes32 loan, bytes32 subject, uint8 class) internal returns (PositionSlot storage p) {
        p = _positions[loan][subject];
        uint8 held = p.classPlusOne;
        if (held == 0) _held[subject].push(loan);
        if (held == class + 1) return p;
        // An error's values are worked out in any case, so this is no `require`.
        if (held != 0 && p.units != 0) revert ILoanEscrow.SubscriptionClass(class, held - 1);
        p.classPlusOne = class + 1;
    }

    /// @dev Brings the position's numerator up to now.
    function _accrue(LoanSlots storage l, PositionSlot storage p) internal returns (int256 owed) {
        owed = _owed(l, p);
        p.numerator = owed;
        // `_accumulated` stays below 2^160.
        // forge-lint: disable-next-line(unsafe-typecast)
        p.snapshot = uint160(_accumulated(l, p.classPlusOne));
    }

    function _lastClass(LoanSlots storage l) private view returns (uint8 class) {
        while (class + 1 < l.rateShares.length && l.rateShares[class + 1] != 0) {
            ++class;
        }
    }
}
