// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Drawdown, EarlyRepayment, Mandate, Opening, Payment, PositionTransfer, Subscription} from "./ILoanEscrow.sol";

/// @title EIP-712 struct hashes of what parties sign for the escrow, without domain.
/// @dev All these structs are static, so their encoding is the fields' own.
library OrderHash {
    bytes32 internal constant SUBSCRIPTION_TYPE = keccak256(
        "Subscription(bytes32 loan,address lender,uint128 amount,uint8 class,bytes32 salt,uint32 validThrough)"
    );
    bytes32 internal constant DRAWDOWN_TYPE =
        keccak256("Drawdown(bytes32 loan,uint128 amount,bytes32 salt,uint32 validThrough)");
    bytes32 internal constant PAYMENT_TYPE =
        keccak256("Payment(bytes32 loan,address payer,uint128 amount,bytes32 salt,uint32 validThrough)");
    bytes32 internal constant MANDATE_TYPE =
        keccak256("Mandate(bytes32 loan,address payer,uint128 limit,bytes32 salt,uint32 validThrough)");
    bytes32 internal constant REVOCATION_TYPE = keccak256("MandateRevocation(bytes32 mandate)");
    bytes32 internal constant EARLY_TYPE =
        keccak256("EarlyRepayment(bytes32 loan,uint8 kind,bytes32 salt,uint32 validThrough)");
    bytes32 internal constant TRANSFER_TYPE = keccak256(
        "PositionTransfer(bytes32 loan,address seller,address buyer,uint128 units,uint128 price,bytes32 salt,uint32 validThrough)"
    );
    bytes32 internal constant OPENING_TYPE = keccak256(
        "Opening(bytes32 loan,uint128 outstanding,uint32 lastValueDate,bytes32 tableHash,bytes32 positionsHash)"
    );

    function hash(Subscription calldata s) internal pure returns (bytes32) {
        return keccak256(abi.encode(SUBSCRIPTION_TYPE, s));
    }

    function hash(Drawdown calldata d) internal pure returns (bytes32) {
        return keccak256(abi.encode(DRAWDOWN_TYPE, d));
    }

    function hash(Payment calldata p) internal pure returns (bytes32) {
        return keccak256(abi.encode(PAYMENT_TYPE, p));
    }

    function hash(Mandate calldata m) internal pure returns (bytes32) {
        return keccak256(abi.encode(MANDATE_TYPE, m));
    }

    function revocation(bytes32 mandate) internal pure returns (bytes32) {
        return keccak256(abi.encode(REVOCATION_TYPE, mandate));
    }

    function hash(EarlyRepayment calldata e) internal pure returns (bytes32) {
        return keccak256(abi.encode(EARLY_TYPE, e));
    }

    function hash(PositionTransfer calldata t) internal pure returns (bytes32) {
        return keccak256(abi.encode(TRANSFER_TYPE, t));
    }

    function hash(Opening calldata o) internal pure returns (bytes32) {
        return keccak256(abi.encode(OPENING_TYPE, o));
    }
}
