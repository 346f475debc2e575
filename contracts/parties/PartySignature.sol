// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";

/// @title Decides whether a party signed a digest.
/// A party with a key signs with ECDSA: 65 bytes, s in the lower half, so that each signature has one form only. A party that is a
/// contract answers by ERC-1271, with limited gas.
library PartySignature {
    /// @dev Enough for a wallet of a dozen signers; little enough that a greedy one can't use up what its relayer pays for.
    uint256 internal constant CONTRACT_GAS = 200_000;

    function isValid(address party, bytes32 digest, bytes calldata signature) internal view returns (bool) {
        if (party.code.length != 0) return _isValidContract(party, digest, signature);
        // Which kind of wrong a signature is makes no difference here.
        // slither-disable-next-line unused-return
        (address recovered, ECDSA.RecoverError failure,) = ECDSA.tryRecover(digest, signature);
        return failure == ECDSA.RecoverError.NoError && recovered == party;
    }

    function _isValidContract(address party, bytes32 digest, bytes calldata signature) private view returns (bool) {
        bytes memory question = abi.encodeCall(IERC1271.isValidSignature, (digest, signature));
        bool answered;
        uint256 size;
        bytes32 answer;
        // A call that copies one word of the answer, so that a long one costs the relayer nothing.
        assembly ("memory-safe") {
            answered := staticcall(CONTRACT_GAS, party, add(question, 0x20), mload(question), 0x00, 0x20)
            size := returndatasize()
            answer := mload(0x00)
        }
        return answered && size >= 32 && answer == bytes32(IERC1271.isValidSignature.selector);
    }
}
