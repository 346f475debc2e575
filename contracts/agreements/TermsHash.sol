// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {ContractText, Pricing, ScheduleRule, Terms} from "./Terms.sol";

/// @title EIP-712 struct hash of terms, without domain. A loan's id is this hash under the domain of its agreements contract.
library TermsHash {
    bytes32 internal constant TERMS_TYPE = keccak256(
        "Terms(uint16 version,address platform,address borrower,bytes3 currency,uint128 principal,bytes32 regime,uint32 fundingDeadline,ContractText text,Pricing pricing,ScheduleRule schedule)ContractText(string number,bytes32 salt,bytes32 textHash,bytes32 cidCommitment)Pricing(uint64 rateNano,uint8 dayCount)ScheduleRule(uint8 method,uint16 instalments,uint16 periodMonths)"
    );
    bytes32 internal constant TEXT_TYPE =
        keccak256("ContractText(string number,bytes32 salt,bytes32 textHash,bytes32 cidCommitment)");
    bytes32 internal constant PRICING_TYPE = keccak256("Pricing(uint64 rateNano,uint8 dayCount)");
    bytes32 internal constant RULE_TYPE =
        keccak256("ScheduleRule(uint8 method,uint16 instalments,uint16 periodMonths)");

    function hash(Terms calldata terms) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(
                TERMS_TYPE,
                terms.version,
                terms.platform,
                terms.borrower,
                terms.currency,
                terms.principal,
                terms.regime,
                terms.fundingDeadline,
                _hash(terms.text),
                _hash(terms.pricing),
                _hash(terms.schedule)
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
        return keccak256(abi.encode(PRICING_TYPE, pricing.rateNano, pricing.dayCount));
    }

    function _hash(ScheduleRule calldata rule) private pure returns (bytes32) {
        return keccak256(abi.encode(RULE_TYPE, rule.method, rule.instalments, rule.periodMonths));
    }
}
