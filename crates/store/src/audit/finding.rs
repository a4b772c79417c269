//! What an audit finds.

use core::fmt;

use linka_model::Micros;
use serde::Serialize;

/// A row of the books that does not add up.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
pub struct Finding {
    /// The table.
    pub table: &'static str,
    /// The row; of the table `currency`, the currency.
    pub id: String,
    /// What is wrong with it.
    pub wrong: Wrong,
    /// By how much, where it is an amount: what stands less what it should be.
    pub by_micro: Option<i64>,
}

/// What is wrong with a row.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Wrong {
    /// The credits of an account are not the sum of its entries (I3).
    Credits,
    /// The debits of an account are not the sum of its entries (I3).
    Debits,
    /// What an account has reserved is not the sum of its open holds (I3).
    Pending,
    /// What payers took back is not the sum of its entries (M17).
    TakenBack,
    /// What cannot be spent is not what payers took back and what is held back (M17).
    Disputed,
    /// What a purchase brought and gave back is not what its entries moved (I17).
    Purchase,
    /// An organisation has spent or reserved more than it has, overdraft included (I2).
    Overdrawn,
    /// Debits and credits of all accounts in a currency differ (I1).
    Unequal,
    /// A row is in another currency than what it belongs to (M2).
    Currency,
    /// An entry takes nothing, or a void takes something.
    EntryAmount,
    /// The code of an entry does not move money from such an account to such another.
    Accounts,
    /// An entry of this code is never of this kind.
    Kind,
    /// A post or a void resolves what is no hold.
    NoSuchHold,
    /// A post or a void differs from its hold in its accounts, code or call.
    OtherThanHold,
    /// A post or a void has another name than follows from its hold (M7).
    Name,
    /// A post takes more than was held (I4).
    MoreThanHeld,
    /// A hold was resolved more than once (I4); by what was taken again.
    ResolvedTwice,
    /// An entry is of no known call, or of a call to a line of another organisation.
    Payer,
    /// An entry is stamped later than the books are, or an entry of a call more finely than the
    /// hour (M14, O9).
    Stamp,
    /// A settled call has another amount than was posted for it.
    CallAmount,
    /// A settled call cost otherwise than its price makes of its seconds (I6, I8).
    Cost,
    /// The holds of a call are not what the call costs up to its boundary (M8).
    Reserved,
    /// More was posted for a running call than its holds reserved.
    Posted,
    /// A settled call still holds credit (I9).
    LeftPending,
    /// A call stands without any hold (I2).
    NoHold,
    /// The price of a call is missing, or is no price.
    Price,
    /// A call is of a term that its node never had (I20).
    Term,
    /// A version of a rate card is not the one that its name says: it was changed (M6, I18).
    CardVersion,
    /// What was taken for a period is not what the period says (M15).
    FeeTaken,
    /// The entry of a period has another name than follows from line and start, or is not the fee of
    /// its organisation (M15).
    FeeEntry,
    /// A fee was taken for no period (I15); by what was taken.
    FeeStray,
    /// A period does not begin where the one before it ended (I15).
    FeeGap,
    /// A line pays though it is included in the plan, or is free though it is not (I16).
    FeePlan,
    /// What came back of fees is not what the periods say (M15).
    FeeReturn,
    /// A line owes a fee in a state in which none is owed, or the other way round (M16).
    Owing,
    /// A sum of folded calls is not the one that its seal says: it was changed (O9).
    Folded,
}

impl Wrong {
    const fn text(self) -> &'static str {
        match self {
            Self::Credits => "the credits are not the sum of its entries",
            Self::Debits => "the debits are not the sum of its entries",
            Self::Pending => "what is reserved is not the sum of its open holds",
            Self::TakenBack => "what was taken back is not the sum of its entries",
            Self::Disputed => "what is disputed is not what was taken back and is held back",
            Self::Purchase => "what it brought and gave back is not what its entries moved",
            Self::Overdrawn => "more is spent and reserved than there is, overdraft included",
            Self::Unequal => "debits and credits of all accounts differ",
            Self::Currency => "it is in another currency than what it belongs to",
            Self::EntryAmount => "an entry of this kind cannot have this amount",
            Self::Accounts => "an entry of this code does not go between such accounts",
            Self::Kind => "an entry of this code is never of this kind",
            Self::NoSuchHold => "it resolves what is no hold",
            Self::OtherThanHold => "accounts, code or call are not those of its hold",
            Self::Name => "its name does not follow from its hold",
            Self::MoreThanHeld => "it takes more than was held",
            Self::ResolvedTwice => "it was resolved more than once",
            Self::Payer => "its call is unknown, or is paid by another organisation",
            Self::Stamp => "its stamp is ahead of the books, or finer than the hour of a call",
            Self::CallAmount => "the amount is not what was posted for it",
            Self::Cost => "the amount is not what its price makes of its seconds",
            Self::Reserved => "its holds are not what it costs up to its boundary",
            Self::Posted => "more was posted for it than was held",
            Self::LeftPending => "it is settled, yet holds credit",
            Self::NoHold => "nothing was ever held for it",
            Self::Price => "its price is missing or unreadable",
            Self::Term => "its node never had this term",
            Self::CardVersion => "the version was changed",
            Self::FeeTaken => "what was taken for it is not what it says",
            Self::FeeEntry => "its entry is not the fee of this line and period",
            Self::FeeStray => "the fee was taken for no period",
            Self::FeeGap => "it does not begin where the period before it ended",
            Self::FeePlan => "it is not what the plan asks for this line",
            Self::FeeReturn => "what came back of fees is not what the periods say",
            Self::Owing => "it owes and its state denies it, or the other way round",
            Self::Folded => "the sum of folded calls was changed",
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.table, self.id, self.wrong.text())?;
        match self.by_micro {
            Some(by) => write!(f, " (by {})", Micros(by)),
            None => Ok(()),
        }
    }
}
