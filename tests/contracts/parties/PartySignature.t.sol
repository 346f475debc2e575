// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {PartySignature} from "../../../contracts/parties/PartySignature.sol";
import {vm} from "../support/Vm.sol";

/// @notice A party that is a contract, in all moods.
contract ContractParty {
    enum Mood {
        Agrees,
        Refuses,
        Reverts,
        BurnsGas,
        AnswersLong,
        AnswersShort,
        AnswersMuchThenAgrees
    }

    Mood public mood;

    constructor(Mood mood_) {
        mood = mood_;
    }

    function isValidSignature(bytes32, bytes calldata) external view returns (bytes4) {
        if (mood == Mood.Agrees) return 0x1626ba7e;
        if (mood == Mood.Refuses) return 0xffffffff;
        if (mood == Mood.Reverts) revert("no");
        if (mood == Mood.BurnsGas) {
            while (true) {}
        }
        if (mood == Mood.AnswersLong) {
            assembly {
                return(0, 150000)
            }
        }
        if (mood == Mood.AnswersShort) {
            assembly {
                mstore(0, 0x1626ba7e00000000000000000000000000000000000000000000000000000000)
                return(0, 4)
            }
        }
        assembly {
            mstore(0, 0x1626ba7e00000000000000000000000000000000000000000000000000000000)
            return(0, 100000)
        }
    }
}

contract Checker {
    function isValid(address party, bytes32 digest, bytes calldata signature) external view returns (bool) {
        return PartySignature.isValid(party, digest, signature);
    }
}

contract PartySignatureTest {
    uint256 private constant KEY = 0xB0;
    uint256 private constant ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;
    bytes32 private constant DIGEST = keccak256("digest");

    Checker private checker = new Checker();

    function test_aPartyWithAKeySignsInOneFormOnly() public view {
        address party = vm.addr(KEY);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(KEY, DIGEST);
        vm.assertTrue(checker.isValid(party, DIGEST, abi.encodePacked(r, s, v)));
        bytes32 high = bytes32(ORDER - uint256(s));
        vm.assertFalse(checker.isValid(party, DIGEST, abi.encodePacked(r, high, v == 27 ? uint8(28) : uint8(27))));
        bytes32 compact = bytes32(uint256(s) | (uint256(v - 27) << 255));
        vm.assertFalse(checker.isValid(party, DIGEST, abi.encodePacked(r, compact)));
        vm.assertFalse(checker.isValid(party, DIGEST, abi.encodePacked(r, s, v, uint8(0))));
        vm.assertFalse(checker.isValid(party, DIGEST, ""));
        vm.assertFalse(checker.isValid(party, keccak256("other"), abi.encodePacked(r, s, v)));
        vm.assertFalse(checker.isValid(address(0), DIGEST, new bytes(65)));
    }

    function test_aPartyThatIsAContractAnswersForItself() public {
        vm.assertTrue(ask(ContractParty.Mood.Agrees));
        vm.assertFalse(ask(ContractParty.Mood.Refuses));
        vm.assertFalse(ask(ContractParty.Mood.Reverts));
        vm.assertFalse(ask(ContractParty.Mood.AnswersShort));
        vm.assertFalse(checker.isValid(address(this), DIGEST, "")); // a contract that knows no such question
    }

    /// @notice Attack: a party contract uses up, or makes its relayer pay for, whatever gas is there.
    function test_aGreedyPartyCostsItsRelayerAtMostTheLimit() public {
        ContractParty.Mood[3] memory greedy =
            [ContractParty.Mood.BurnsGas, ContractParty.Mood.AnswersLong, ContractParty.Mood.AnswersMuchThenAgrees];
        for (uint256 i = 0; i < 3; ++i) {
            ContractParty party = new ContractParty(greedy[i]);
            uint256 before = gasleft();
            bool valid = checker.isValid(address(party), DIGEST, "signature");
            uint256 used = before - gasleft();
            vm.assertLe(used, 215_000, "gas that the relayer pays");
            vm.assertEq(valid, greedy[i] == ContractParty.Mood.AnswersMuchThenAgrees);
        }
    }

    function ask(ContractParty.Mood mood) private returns (bool) {
        return checker.isValid(address(new ContractParty(mood)), DIGEST, "signature");
    }
}
