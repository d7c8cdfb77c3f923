-- Credits have two decimals from here on (3.24 for a picture), so all sums are in hundredths. The rules of groups stay in
-- whole credits.
UPDATE jobs SET price = price * 100, reserved = reserved * 100, spent = spent * 100, person_extra = person_extra * 100,
    chat_extra = chat_extra * 100 WHERE price > 0 OR reserved > 0 OR spent > 0;
UPDATE grants SET credits = credits * 100;
UPDATE invites SET credits = credits * 100;
