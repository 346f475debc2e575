// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {DayCount, Fee, FeeKind, Method, Terms} from "../agreements/Terms.sol";
import {IRepaymentSchedules, Row, Segment} from "./IRepaymentSchedules.sol";
import {ScheduleCode} from "./ScheduleCode.sol";
import {ScheduleMath} from "./ScheduleMath.sol";

/// @title See IRepaymentSchedules.
contract RepaymentSchedules is IRepaymentSchedules {
    /// @notice Most interest and most fees of one table, minor units: what the escrow's fields hold.
    uint256 public constant MAX_INTEREST = type(uint72).max;
    uint256 public constant MAX_FEES = type(uint40).max;

    /// @dev Fixed-point bits of discounted amounts. Amounts are below 2^82, so 2^82 * 2^64 * 365e9 stays below 2^256.
    uint256 private constant FRACTION_BITS = 64;

    /// @dev How far a table has been followed: the period of the row at hand, and what the next one needs.
    struct Walk {
        uint256 rateNano;
        DayCount dayCount;
        uint256 step; // months of a period
        uint256 month; // of the last due day on the grid, counted from January of year 0
        uint256 day; // of the month, on which the grid is anchored
        uint256 due; // of the row at hand; before the first row, the start of its period
        uint256 multiplier; // interest = balance * multiplier / divisor
        uint256 divisor;
        uint256 fee; // of each row
        uint256 feeOnce; // of the row at hand on top
        bool whole; // the coming period is a whole one of the grid
    }

    /// @inheritdoc IRepaymentSchedules
    function register(Terms calldata terms, Segment calldata segment, Row[] calldata given)
        external
        returns (address pointer)
    {
        verify(terms, segment, given);
        return ScheduleCode.write(ScheduleCode.pack(given));
    }

    /// @inheritdoc IRepaymentSchedules
    function registerAdded(
        Terms calldata terms,
        Segment calldata segment,
        Row[] calldata given,
        address pointer,
        uint16 offset
    ) external returns (address sum) {
        verify(terms, segment, given);
        Row[] memory stored = ScheduleCode.rows(pointer);
        // A tranche is repaid by the last rows of the table.
        uint256 end = uint256(offset) + stored.length;
        uint256 expected = segment.first >= offset && segment.first < end ? end - segment.first : 0;
        require(given.length == expected, ScheduleRowCount(given.length, expected));
        uint256 before = stored.length - given.length;
        bytes memory words = new bytes(stored.length * 32);
        for (uint256 i = 0; i < stored.length; ++i) {
            Row memory total = stored[i];
            if (i >= before) {
                Row calldata added = given[i - before];
                require(total.dueDay == added.dueDay, ScheduleDueDay(i - before, added.dueDay, total.dueDay));
                total.principal += added.principal;
                total.interest += added.interest;
                total.fee += added.fee;
            }
            ScheduleCode.put(words, i, ScheduleCode.packed(total.dueDay, total.principal, total.interest, total.fee));
        }
        return ScheduleCode.write(words);
    }

    /// @inheritdoc IRepaymentSchedules
    function row(address pointer, uint256 index) external view returns (Row memory) {
        return ScheduleCode.row(pointer, index);
    }

    /// @inheritdoc IRepaymentSchedules
    function rows(address pointer) external view returns (Row[] memory) {
        return ScheduleCode.rows(pointer);
    }

    /// @inheritdoc IRepaymentSchedules
    function tableHash(Row[] calldata given) external pure returns (bytes32) {
        return keccak256(ScheduleCode.pack(given));
    }

    /// @inheritdoc IRepaymentSchedules
    function checkRateCap(Row[] calldata given, uint32 start, uint256 received, uint64 rateCapNano) external pure {
        // worth_i = (worth_(i+1) + amount_i) / (1 + cap * days_i / 365), from the last row to the first. Each division rounds down by
        // less than 2^-64 units.
        uint256 worth = 0;
        for (uint256 i = given.length; i > 0; --i) {
            Row calldata r = given[i - 1];
            // Days before the start discount nothing.
            uint256 from = i == 1 || given[i - 2].dueDay < start ? start : given[i - 2].dueDay;
            uint256 numberOfDays = r.dueDay > from ? r.dueDay - from : 0;
            worth += (uint256(r.principal) + r.interest + r.fee) << FRACTION_BITS;
            worth = worth * (365 * ScheduleMath.NANO) / (365 * ScheduleMath.NANO + rateCapNano * numberOfDays);
        }
        require(
            worth <= (received + given.length) << FRACTION_BITS,
            ScheduleAboveRateCap((worth >> FRACTION_BITS) + 1, received)
        );
    }

    /// @inheritdoc IRepaymentSchedules
    function verify(Terms calldata terms, Segment calldata segment, Row[] calldata given) public pure {
        Method method = Method(terms.schedule.method);
        require(
            segment.level == 0 || method == Method.EqualInstalment || method == Method.EqualPrincipal,
            ScheduleLevel(segment.level)
        );
        uint256 instalments = terms.schedule.instalments;
        // Kept at a level, a table has as many rows as it takes, which its rows must show.
        uint256 expected = segment.level != 0 && given.length != 0
            ? given.length
            : instalments > segment.first ? instalments - segment.first : 0;
        require(given.length == expected && expected != 0, ScheduleRowCount(given.length, expected));

        if (method == Method.Custom) {
            _verifyCustom(terms, segment, given);
        } else {
            Walk memory walk = _begin(terms, segment);
            if (method == Method.EqualInstalment) {
                if (segment.level == 0) _verifySmallestInstalment(walk, segment, given);
                else _verifyKeptInstalment(walk, segment, given);
            } else if (method == Method.EqualPrincipal) {
                _verifyEqualPrincipal(walk, segment, given);
            } else {
                // A single payment is an interest-only table of one row.
                _verifyInterestOnly(walk, segment, given);
            }
        }
    }

    /// @dev With instalment E, a row repays E less its interest; nothing where its interest is above E (a long first period); never
    /// more than the balance; and the last row what is left. E is the smallest that leaves a last row not above it. What is left
    /// for the last row falls as E rises (each step is monotone, rounding included), so it is enough that E works and E - 1 does
    /// not. The first row with principal shows E whole: if it were cut to the balance, the row's sum would be an instalment that
    /// works.
    function _verifySmallestInstalment(Walk memory walk, Segment calldata segment, Row[] calldata given) private pure {
        unchecked {
            uint256 last = given.length - 1;
            uint256 instalment = _instalmentShown(given, last);
            require(instalment != 0, ScheduleInstalmentNotSmallest(0));
            uint256 balance = segment.balance;
            uint256 smaller = balance; // the balance as it would run with E - 1
            for (uint256 i = 0; i < last; ++i) {
                uint256 interest = _checkRow(walk, given, i, balance);
                uint256 principal = _repaid(instalment, interest, balance);
                _checkPrincipal(given, i, principal);
                balance -= principal;
                smaller -= _repaid(instalment - 1, _interest(walk, smaller), smaller);
            }
            uint256 lastInterest = _checkRow(walk, given, last, balance);
            _checkRest(segment, given, balance);
            require(
                balance + lastInterest <= instalment && smaller + _interest(walk, smaller) >= instalment,
                ScheduleInstalmentNotSmallest(instalment)
            );
        }
    }

    function _verifyKeptInstalment(Walk memory walk, Segment calldata segment, Row[] calldata given) private pure {
        unchecked {
            uint256 last = given.length - 1;
            uint256 level = segment.level;
            uint256 balance = segment.balance;
            for (uint256 i = 0; i < last; ++i) {
                uint256 interest = _checkRow(walk, given, i, balance);
                // No more rows than it takes.
                require(balance + interest > level, ScheduleRowCount(given.length, i + 1));
                uint256 principal = _repaid(level, interest, balance);
                _checkPrincipal(given, i, principal);
                balance -= principal;
            }
            uint256 lastInterest = _checkRow(walk, given, last, balance);
            // What does not cover its interest can't be kept however many rows there are.
            require(lastInterest < level, ScheduleLevel(level));
            require(balance + lastInterest <= level, ScheduleRowCount(given.length, given.length + 1));
            _checkRest(segment, given, balance);
        }
    }

    function _verifyEqualPrincipal(Walk memory walk, Segment calldata segment, Row[] calldata given) private pure {
        unchecked {
            uint256 last = given.length - 1;
            uint256 balance = segment.balance;
            bool kept = segment.level != 0;
            uint256 part = kept ? segment.level : ScheduleMath.divideHalfEven(balance, given.length);
            for (uint256 i = 0; i < last; ++i) {
                require(!kept || balance > part, ScheduleRowCount(given.length, i + 1));
                // slither-disable-next-line unused-return
                _checkRow(walk, given, i, balance);
                uint256 principal = balance < part ? balance : part;
                _checkPrincipal(given, i, principal);
                balance -= principal;
            }
            require(!kept || balance <= part, ScheduleRowCount(given.length, given.length + 1));
            // slither-disable-next-line unused-return
            _checkRow(walk, given, last, balance);
            _checkRest(segment, given, balance);
        }
    }

    function _verifyInterestOnly(Walk memory walk, Segment calldata segment, Row[] calldata given) private pure {
        uint256 last = given.length - 1;
        uint256 balance = segment.balance;
        for (uint256 i = 0; i < last; ++i) {
            // slither-disable-next-line unused-return
            _checkRow(walk, given, i, balance);
            _checkPrincipal(given, i, 0);
        }
        // slither-disable-next-line unused-return
        _checkRow(walk, given, last, balance);
        _checkRest(segment, given, balance);
    }

    /// @dev The borrower signed the hash; what the ledger relies on beyond it is checked here. Fees follow the terms, or their payees
    /// could not be told.
    function _verifyCustom(Terms calldata terms, Segment calldata segment, Row[] calldata given) private pure {
        bytes32 hash = keccak256(ScheduleCode.pack(given));
        require(hash == terms.schedule.tableHash, ScheduleTableHash(hash, terms.schedule.tableHash));
        (uint256 fee, uint256 feeOnce) = _fees(terms, segment);
        uint256 principal = 0;
        uint256 interest = 0;
        uint256 fees = 0;
        uint256 notBefore = 0; // No row is due on day 0.
        for (uint256 i = 0; i < given.length; ++i) {
            Row calldata r = given[i];
            // A day cut to 32 bits is only an error's value.
            // forge-lint: disable-next-line(unsafe-typecast)
            require(r.dueDay > notBefore, ScheduleDueDay(i, r.dueDay, uint32(notBefore + 1)));
            uint256 expected = i == 0 ? fee + feeOnce : fee;
            require(r.fee == expected, ScheduleFee(i, r.fee, expected));
            notBefore = r.dueDay;
            principal += r.principal;
            interest += r.interest;
            fees += r.fee;
        }
        require(principal == segment.balance, SchedulePrincipalSum(principal, segment.balance));
        require(interest <= MAX_INTEREST && fees <= MAX_FEES, ScheduleTooLarge(interest, fees));
    }

    /// @return walk before the first row
    function _begin(Terms calldata terms, Segment calldata segment) private pure returns (Walk memory walk) {
        (walk.month, walk.day) = ScheduleMath.monthAndDay(segment.anchor);
        walk.step = terms.schedule.periodMonths;
        unchecked {
            walk.month += walk.step * segment.first;
            walk.due = segment.start;
            uint256 gridStart = ScheduleMath.dayIn(walk.month, walk.day);
            walk.whole = gridStart == walk.due;
            uint256 firstDue = ScheduleMath.dayIn(walk.month + walk.step, walk.day);
            // Days cut to 32 bits are only an error's values.
            // forge-lint: disable-next-line(unsafe-typecast)
            require(firstDue > walk.due, ScheduleDueDay(0, uint32(firstDue), uint32(walk.due + 1)));
        }
        walk.rateNano = terms.pricing.rateNano;
        walk.dayCount = DayCount(terms.pricing.dayCount);
        (walk.fee, walk.feeOnce) = _fees(terms, segment);
    }

    /// @return each of every row
    /// @return once of the segment's first row on top
    function _fees(Terms calldata terms, Segment calldata segment) private pure returns (uint256 each, uint256 once) {
        if (!segment.fees) return (0, 0);
        uint256 count = terms.fees.length;
        for (uint256 i = 0; i < count; ++i) {
            Fee calldata fee = terms.fees[i];
            if (FeeKind(fee.kind) == FeeKind.EachInstalment) each += fee.amount;
            else if (segment.first == 0) once += fee.amount;
        }
    }

    /// @dev Goes on to row `i` and checks its due day, interest and fee.
    /// @return interest that `balance` bears in the row's period
    function _checkRow(Walk memory walk, Row[] calldata given, uint256 i, uint256 balance)
        private
        pure
        returns (uint256 interest)
    {
        unchecked {
            uint256 from = walk.due;
            walk.month += walk.step;
            uint256 due = ScheduleMath.dayIn(walk.month, walk.day);
            walk.due = due;
            uint256 numerator;
            uint256 denominator;
            if (walk.whole && walk.dayCount == DayCount.Monthly12) (numerator, denominator) = (walk.step, 12);
            else (numerator, denominator) = ScheduleMath.fraction(walk.dayCount, from, due);
            walk.whole = true;
            walk.multiplier = walk.rateNano * numerator;
            walk.divisor = ScheduleMath.NANO * denominator;

            interest = _interest(walk, balance);
            uint256 fee = walk.fee + walk.feeOnce;
            walk.feeOnce = 0;
            (uint256 givenDue,, uint256 givenInterest, uint256 givenFee) = _load(given, i);
            // Days cut to 32 bits are only an error's values.
            // forge-lint: disable-next-line(unsafe-typecast)
            require(givenDue == due, ScheduleDueDay(i, uint32(givenDue), uint32(due)));
            require(givenInterest == interest, ScheduleInterest(i, givenInterest, interest));
            require(givenFee == fee, ScheduleFee(i, givenFee, fee));
        }
    }

    function _checkPrincipal(Row[] calldata given, uint256 i, uint256 expected) private pure {
        (, uint256 principal,,) = _load(given, i);
        require(principal == expected, SchedulePrincipal(i, principal, expected));
    }

    /// @dev The last row repays what is left.
    function _checkRest(Segment calldata segment, Row[] calldata given, uint256 balance) private pure {
        (, uint256 principal,,) = _load(given, given.length - 1);
        require(principal == balance, SchedulePrincipalSum(segment.balance - balance + principal, segment.balance));
    }

    /// @dev Of the first row that repays something; of the last, if none before it does.
    function _instalmentShown(Row[] calldata given, uint256 last) private pure returns (uint256) {
        for (uint256 i = 0; i <= last; ++i) {
            (, uint256 principal, uint256 interest,) = _load(given, i);
            if (principal != 0 || i == last) return principal + interest;
        }
        return 0;
    }

    /// @dev For any balance: one that would outgrow every field stays above every instalment when cut, so nothing overflows.
    function _interest(Walk memory walk, uint256 balance) private pure returns (uint256) {
        unchecked {
            return ScheduleMath.divideHalfEven(balance * walk.multiplier, walk.divisor);
        }
    }

    function _repaid(uint256 instalment, uint256 interest, uint256 balance) private pure returns (uint256 principal) {
        unchecked {
            principal = instalment > interest ? instalment - interest : 0;
            if (principal > balance) principal = balance;
        }
    }

    /// @dev Whole words, with what may be wrong above a field: they are compared with amounts that fit.
    function _load(Row[] calldata given, uint256 i)
        private
        pure
        returns (uint256 dueDay, uint256 principal, uint256 interest, uint256 fee)
    {
        assembly ("memory-safe") {
            let at := add(given.offset, shl(7, i))
            dueDay := calldataload(at)
            principal := calldataload(add(at, 32))
            interest := calldataload(add(at, 64))
            fee := calldataload(add(at, 96))
        }
    }
}
