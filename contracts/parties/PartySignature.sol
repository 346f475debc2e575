// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {SignatureCheckerLib} from "solady/src/utils/SignatureCheckerLib.sol";

/// @title Decides whether a party signed a digest.
/// A party with a key signs with ECDSA: 65 bytes, s in the lower half, so that each signature has one form only. A party that is a
/// contract answers by ERC-1271.
library PartySignature {
    function isValid(address party, bytes32 digest, bytes calldata signature) internal view returns (bool) {
        if (party.code.length != 0) {
            return SignatureCheckerLib.isValidERC1271SignatureNowCalldata(party, digest, signature);
        }
        // Which kind of wrong a signature is makes no difference here.
        // slither-disable-next-line unused-return
        (address recovered, ECDSA.RecoverError failure,) = ECDSA.tryRecover(digest, signature);
        return failure == ECDSA.RecoverError.NoError && recovered == party;
    }
}
