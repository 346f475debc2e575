// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {BankEntry, ICustodyToken} from "../../../contracts/escrow/ICustodyToken.sol";
import {IWithdrawals, Withdrawal} from "../../../contracts/escrow/IWithdrawals.sol";
import {CoreTest} from "../support/CoreTest.sol";
import {vm} from "../support/Vm.sol";

/// @notice The token's books beside a bank account kept by hand, over random sequences of entries: after each step what is booked is
/// supply + suspense - what reversals took out beyond the tokens burned, and every entry's number is used.
contract CustodyBooksTest is CoreTest {
    uint256 private booked; // the bank account
    uint256 private claims; // went out beyond the tokens burned
    uint256 private held; // in suspense
    BankEntry[] private waiting; // entries in suspense
    uint128[] private waitingAmounts;
    bytes32[] private reserved; // withdrawals asked for
    bytes32[] private instructed;
    bytes32[] private settled;
    uint256 private salt;

    function testFuzz_theBooksBalanceWhateverIsBooked(uint256 seed) public {
        register(lenderAt(0));
        for (uint256 step = 0; step < 40; ++step) {
            seed = uint256(keccak256(abi.encode(seed)));
            act(seed % 13, uint128((seed >> 8) % 1000 + 1));
            vm.assertEq(token.totalSupply() + token.suspense(), booked + claims, "books");
            vm.assertEq(token.bankClaims(), claims, "claims");
            vm.assertEq(token.suspense(), held, "suspense");
            uint256 balances = token.balanceOf(lenderAt(0)) + token.balanceOf(address(withdrawals));
            vm.assertEq(token.totalSupply(), balances, "supply");
        }
        // And so they are attested and closed.
        vm.startPrank(bank);
        token.attest(START, "end", uint128(booked), uint128(held), 0);
        vm.assertEq(token.shortfall(), claims);
        calendar.closeDay(START, "end");
    }

    function act(uint256 kind, uint128 amount) private {
        if (kind == 0) deposit(amount);
        else if (kind == 1) suspendOne(amount);
        else if (kind == 2 && waiting.length != 0) matchOne();
        else if (kind == 3 && waiting.length != 0) matchToLedger();
        else if (kind == 4 && waiting.length != 0) returnOne();
        else if (kind == 5) repay(amount);
        else if (kind == 6) reverse(amount);
        else if (kind == 7) meet(amount);
        else if (kind == 8) ask(amount);
        else if (kind == 9 && reserved.length != 0) instructOne();
        else if (kind == 10 && instructed.length != 0) settleOne();
        else if (kind == 11 && settled.length != 0) bounceOne();
        else if (kind == 12 && instructed.length != 0) returnPayout();
    }

    function deposit(uint128 amount) private {
        credit(lenderAt(0), amount);
        booked += amount;
    }

    function suspendOne(uint128 amount) private {
        waiting.push(suspend(amount));
        waitingAmounts.push(amount);
        booked += amount;
        held += amount;
    }

    function matchOne() private {
        (BankEntry memory entry, uint128 amount) = takeWaiting();
        withBothBankKeys(address(token), abi.encodeCall(ICustodyToken.creditSuspense, (lenderAt(0), amount, entry)));
    }

    function matchToLedger() private {
        (BankEntry memory entry, uint128 amount) = takeWaiting();
        vm.prank(address(withdrawals));
        token.creditLedgerSuspense(amount, entry);
    }

    function returnOne() private {
        if (waitingAmounts[waitingAmounts.length - 1] > booked) return;
        (BankEntry memory entry, uint128 amount) = takeWaiting();
        withBothBankKeys(address(token), abi.encodeCall(ICustodyToken.returnSuspense, (entry, freshEntry())));
        booked -= amount;
    }

    function repay(uint128 amount) private {
        BankEntry memory entry = freshEntry();
        vm.prank(address(withdrawals));
        token.creditLedger(amount, entry);
        booked += amount;
    }

    /// @dev A bank account doesn't go below zero.
    function reverse(uint128 amount) private {
        if (amount > booked) return;
        uint256 free = token.balanceOf(address(withdrawals)) - inPayout();
        uint128 burned = uint128(free < amount ? free : amount);
        BankEntry memory entry = freshEntry();
        vm.prank(address(withdrawals));
        token.reverseLedger(amount, burned, entry);
        booked -= amount;
        claims += amount - burned;
    }

    function meet(uint128 amount) private {
        uint256 free = token.balanceOf(address(withdrawals)) - inPayout();
        uint256 most = free < claims ? free : claims;
        if (amount > most) amount = uint128(most);
        if (amount == 0) return;
        vm.prank(address(withdrawals));
        token.meetClaim(amount);
        claims -= amount;
    }

    function ask(uint128 amount) private {
        uint256 balance = token.balanceOf(lenderAt(0));
        if (balance == 0) return;
        if (amount > balance) amount = uint128(balance);
        Withdrawal memory order = Withdrawal(lenderAt(0), amount, bytes32(++salt), START);
        bytes memory signature = signed(lenderKey(0), withdrawals.digest(order));
        vm.prank(rival);
        reserved.push(withdrawals.request(order, signature));
    }

    function instructOne() private {
        bytes32 id = take(reserved);
        vm.prank(bank);
        withdrawals.instruct(id, "pain");
        instructed.push(id);
    }

    function settleOne() private {
        (,, uint128 amount) = withdrawals.withdrawal(instructed[instructed.length - 1]);
        if (amount > booked) return;
        bytes32 id = take(instructed);
        BankEntry memory entry = freshEntry();
        vm.prank(bank);
        withdrawals.settle(id, entry);
        booked -= amount;
        settled.push(id);
    }

    function bounceOne() private {
        bytes32 id = take(settled);
        (,, uint128 amount) = withdrawals.withdrawal(id);
        BankEntry memory entry = freshEntry();
        vm.prank(bank);
        withdrawals.bounced(id, entry);
        booked += amount;
    }

    function returnPayout() private {
        bytes32 id = take(instructed);
        vm.prank(bank);
        withdrawals.returned(id, "refused");
    }

    function inPayout() private view returns (uint256 sum) {
        bytes32[][2] memory both = [reserved, instructed];
        for (uint256 k = 0; k < 2; ++k) {
            for (uint256 i = 0; i < both[k].length; ++i) {
                (,, uint128 amount) = withdrawals.withdrawal(both[k][i]);
                sum += amount;
            }
        }
    }

    function takeWaiting() private returns (BankEntry memory entry, uint128 amount) {
        entry = waiting[waiting.length - 1];
        amount = waitingAmounts[waitingAmounts.length - 1];
        waiting.pop();
        waitingAmounts.pop();
        held -= amount;
    }

    function take(bytes32[] storage list) private returns (bytes32 id) {
        id = list[list.length - 1];
        list.pop();
    }
}
