// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {ContractText, Fee, PaymentRule, Pricing, ScheduleRule, Terms} from "./Terms.sol";

/// @title EIP-712 struct hash of terms, without domain. A loan's id is this hash under the domain of its agreements contract.
library TermsHash {
    /// @dev The struct's own type, then the types it refers to in the order of their names, as EIP-712 has it.
    bytes32 internal constant TERMS_TYPE = keccak256(
        "Terms(uint16 version,address platform,address borrower,bytes3 currency,uint128 principal,bytes32 regime,uint32 fundingDeadline,ContractText text,Pricing pricing,ScheduleRule schedule,PaymentRule payments,Fee[] fees)ContractText(string number,bytes32 salt,bytes32 textHash,bytes32 cidCommitment)Fee(uint8 kind,address payee,uint128 amount)PaymentRule(uint8 order,uint8 kinds,bool penaltyFirst,uint8 penaltyBase,bool penaltyReplaces,uint64 penaltyRateNano,uint16 graceDays,uint8 earlyKinds,uint64 earlyFeeNano,uint16 calendar)Pricing(uint64 rateNano,uint8 dayCount,uint16[] rateShares)ScheduleRule(uint8 method,uint16 instalments,uint16 periodMonths,uint128 firstTranche,uint32 availableThrough,bytes32 tableHash)"
    );
    bytes32 internal constant TEXT_TYPE =
        keccak256("ContractText(string number,bytes32 salt,bytes32 textHash,bytes32 cidCommitment)");
    bytes32 internal constant FEE_TYPE = keccak256("Fee(uint8 kind,address payee,uint128 amount)");
    bytes32 internal constant PAYMENTS_TYPE = keccak256(
        "PaymentRule(uint8 order,uint8 kinds,bool penaltyFirst,uint8 penaltyBase,bool penaltyReplaces,uint64 penaltyRateNano,uint16 graceDays,uint8 earlyKinds,uint64 earlyFeeNano,uint16 calendar)"
    );
    bytes32 internal constant PRICING_TYPE = keccak256("Pricing(uint64 rateNano,uint8 dayCount,uint16[] rateShares)");
    bytes32 internal constant RULE_TYPE = keccak256(
        "ScheduleRule(uint8 method,uint16 instalments,uint16 periodMonths,uint128 firstTranche,uint32 availableThrough,bytes32 tableHash)"
    );

    function hash(Terms calldata terms) internal pure returns (bytes32) {
        // In two halves: the stack does not hold all fields at once.
        bytes memory head = abi.encode(
            TERMS_TYPE,
            terms.version,
            terms.platform,
            terms.borrower,
            terms.currency,
            terms.principal,
            terms.regime,
            terms.fundingDeadline
        );
        return keccak256(
            bytes.concat(
                head,
                abi.encode(
                    _hash(terms.text),
                    _hash(terms.pricing),
                    _hash(terms.schedule),
                    _hash(terms.payments),
                    _hash(terms.fees)
                )
            )
        );
    }

    function _hash(ContractText calldata text) private pure returns (bytes32) {
        return
            keccak256(
                abi.encode(TEXT_TYPE, keccak256(bytes(text.number)), text.salt, text.textHash, text.cidCommitment)
            );
    }

    function _hash(Pricing calldata pricing) private pure returns (bytes32) {
        // A packed array pads each element to 32 bytes, as EIP-712 wants it.
        return keccak256(
            abi.encode(
                PRICING_TYPE, pricing.rateNano, pricing.dayCount, keccak256(abi.encodePacked(pricing.rateShares))
            )
        );
    }

    function _hash(ScheduleRule calldata rule) private pure returns (bytes32) {
        // All members are words, encoded as they stand in the struct.
        return keccak256(abi.encode(RULE_TYPE, rule));
    }

    function _hash(PaymentRule calldata rule) private pure returns (bytes32) {
        return keccak256(abi.encode(PAYMENTS_TYPE, rule));
    }

    function _hash(Fee[] calldata fees) private pure returns (bytes32) {
        bytes32[] memory hashes = new bytes32[](fees.length);
        for (uint256 i = 0; i < fees.length; ++i) {
            hashes[i] = keccak256(abi.encode(FEE_TYPE, fees[i]));
        }
        return keccak256(abi.encodePacked(hashes));
    }
}
