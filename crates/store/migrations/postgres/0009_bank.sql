-- Money that goes back to its payer: a person says so (`returned`), and the debit that sends it is
-- recognised (`sent`) and settles it (`sent_back`). The same tables stand in ../sqlite.

ALTER TABLE bank_entry DROP CONSTRAINT bank_entry_state_check;
ALTER TABLE bank_entry ADD CONSTRAINT bank_entry_state_check CHECK (state IN ('credited',
    'taken_back', 'reversal', 'unmatched', 'returned', 'sent_back', 'sent'));
ALTER TABLE bank_entry ADD CONSTRAINT bank_entry_came_in
    CHECK (state NOT IN ('credited', 'taken_back', 'sent_back') OR amount > 0);
ALTER TABLE bank_entry ADD CONSTRAINT bank_entry_went_out
    CHECK (state NOT IN ('reversal', 'sent') OR amount < 0);
CREATE INDEX bank_entry_to_send ON bank_entry (account, amount, symbol) WHERE state = 'returned';
CREATE INDEX bank_entry_purchase ON bank_entry (purchase) WHERE purchase IS NOT NULL;
