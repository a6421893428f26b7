//! What kind of value a field holds, and how good it is: sets of flags.

use std::fmt;
use std::ops::{BitOr, BitOrAssign};

use super::super::iot::lexical;
use crate::xml::{Builder, ElementRef};

macro_rules! flags {
    ($(#[$doc:meta])* $set:ident { $($(#[$flag_doc:meta])* $flag:ident = $bit:literal, $name:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $set(u16);

        impl $set {
            /// No flag.
            pub const NONE: Self = Self(0);
            $($(#[$flag_doc])* pub const $flag: Self = Self(1 << $bit);)+
            /// Every flag.
            pub const ALL: Self = Self($(1 << $bit)|+);

            const NAMES: &[(&str, Self)] = &[$(($name, Self::$flag)),+];

            /// Whether no flag is set.
            #[must_use]
            pub fn is_empty(self) -> bool {
                self.0 == 0
            }

            /// Whether all of `other` are set.
            #[must_use]
            pub fn contains(self, other: Self) -> bool {
                self.0 & other.0 == other.0
            }

            /// Whether one of `other` is set.
            #[must_use]
            pub fn intersects(self, other: Self) -> bool {
                self.0 & other.0 != 0
            }

            /// Those that are set here and not in `other`.
            #[must_use]
            pub fn without(self, other: Self) -> Self {
                Self(self.0 & !other.0)
            }

            /// The attributes that stand for those that are set, in the order of the specification.
            pub fn names(self) -> impl Iterator<Item = &'static str> {
                Self::NAMES.iter().filter(move |(_, flag)| self.contains(*flag)).map(|(name, _)| *name)
            }

            /// The flags among the attributes of an element; the error is the name of one that is no boolean.
            pub(super) fn parse(element: ElementRef<'_>) -> Result<Self, &'static str> {
                let mut set = Self::NONE;
                for (name, flag) in Self::NAMES {
                    if boolean(element, name)? {
                        set |= *flag;
                    }
                }
                Ok(set)
            }

            /// Adds those that are set to the element that is open.
            pub(super) fn attrs(self, builder: Builder) -> Builder {
                self.names().fold(builder, |builder, name| builder.attr(name, "true"))
            }
        }

        impl BitOr for $set {
            type Output = Self;

            fn bitor(self, other: Self) -> Self {
                Self(self.0 | other.0)
            }
        }

        impl BitOrAssign for $set {
            fn bitor_assign(&mut self, other: Self) {
                *self = *self | other;
            }
        }

        /// The names of the flags that are set.
        impl fmt::Display for $set {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                for (nth, name) in self.names().enumerate() {
                    write!(f, "{}{name}", if nth == 0 { "" } else { " " })?;
                }
                Ok(())
            }
        }

        impl fmt::Debug for $set {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($set))
            }
        }
    };
}

/// An attribute that may be left out, and is false then; the error is its name when it is no boolean.
pub(super) fn boolean(element: ElementRef<'_>, name: &'static str) -> Result<bool, &'static str> {
    match element.attr(name) {
        Some(value) => lexical::boolean(value.trim_matches(lexical::SPACE)).ok_or(name),
        None => Ok(false),
    }
}

flags! {
    /// What kinds of value are asked for, or a field is of (XEP-0323 §5.6).
    ///
    /// A request wants whatever is of one of its kinds. A field is of all of its kinds: a historical status value is
    /// both. A field that names none leaves open what it is.
    ///
    /// ```
    /// use xmpp_core::xep::iot_data::Kinds;
    ///
    /// let wanted = Kinds::MOMENTARY | Kinds::HISTORICAL_MINUTE;
    /// assert_eq!(wanted.to_string(), "momentary historicalMinute");
    /// // A value stored when an hour began was stored when a minute began.
    /// assert!(wanted.want(Kinds::HISTORICAL_HOUR) && !wanted.want(Kinds::STATUS));
    /// assert!(Kinds::ALL.contains(Kinds::HISTORICAL));
    /// ```
    Kinds {
        /// Measured when it was read.
        MOMENTARY = 0, "momentary";
        /// The greatest or least of a time.
        PEAK = 1, "peak";
        /// How something is.
        STATUS = 2, "status";
        /// Computed, not measured.
        COMPUTED = 3, "computed";
        /// What identifies: serial numbers, names, addresses.
        IDENTITY = 4, "identity";
        /// Stored when a second began.
        HISTORICAL_SECOND = 5, "historicalSecond";
        /// Stored when a minute began.
        HISTORICAL_MINUTE = 6, "historicalMinute";
        /// Stored when an hour began.
        HISTORICAL_HOUR = 7, "historicalHour";
        /// Stored when a day began.
        HISTORICAL_DAY = 8, "historicalDay";
        /// Stored when a week began, on Monday.
        HISTORICAL_WEEK = 9, "historicalWeek";
        /// Stored when a month began.
        HISTORICAL_MONTH = 10, "historicalMonth";
        /// Stored when a quarter of a year began.
        HISTORICAL_QUARTER = 11, "historicalQuarter";
        /// Stored when a year began.
        HISTORICAL_YEAR = 12, "historicalYear";
        /// Stored whenever.
        HISTORICAL_OTHER = 13, "historicalOther";
    }
}

impl Kinds {
    /// Every stored value, whenever it was stored.
    pub const HISTORICAL: Self = Self(0b11_1111_1110_0000);

    /// Whether a request of these kinds wants a field of those. One that names no kind wants all, and a field that
    /// names none is wanted by all: some devices never say.
    #[must_use]
    pub fn want(self, of_field: Self) -> bool {
        self.is_empty() || of_field.is_empty() || self.intersects(of_field.implied())
    }

    /// With the shorter periods that a longer one also is, and `historicalOther`, which asks for any period (the table of
    /// XEP-0323 §5.6).
    fn implied(self) -> Self {
        let day =
            Self::HISTORICAL_DAY | Self::HISTORICAL_HOUR | Self::HISTORICAL_MINUTE | Self::HISTORICAL_SECOND;
        let quarter = day | Self::HISTORICAL_MONTH | Self::HISTORICAL_QUARTER;
        [
            (Self::HISTORICAL, Self::HISTORICAL_OTHER),
            (Self::HISTORICAL_MINUTE, Self::HISTORICAL_SECOND),
            (Self::HISTORICAL_HOUR, Self::HISTORICAL_MINUTE | Self::HISTORICAL_SECOND),
            (Self::HISTORICAL_DAY | Self::HISTORICAL_WEEK | Self::HISTORICAL_MONTH, day),
            (Self::HISTORICAL_QUARTER | Self::HISTORICAL_YEAR, quarter),
        ]
        .into_iter()
        .filter(|(period, _)| self.intersects(*period))
        .fold(self, |set, (_, shorter)| set | shorter)
    }
}

flags! {
    /// How good a value is (XEP-0323 §5.7), in order of importance. Without any it was read automatically.
    Quality {
        /// There is no value.
        MISSING = 0, "missing";
        /// It is still being measured or computed: read it again later.
        IN_PROGRESS = 1, "inProgress";
        /// Estimated by the device.
        AUTOMATIC_ESTIMATE = 2, "automaticEstimate";
        /// Estimated by a person.
        MANUAL_ESTIMATE = 3, "manualEstimate";
        /// Read by a person.
        MANUAL_READOUT = 4, "manualReadout";
        /// Read by the device.
        AUTOMATIC_READOUT = 5, "automaticReadout";
        /// The clock was corrected by more than allowed meanwhile.
        TIME_OFFSET = 6, "timeOffset";
        /// A warning was logged meanwhile.
        WARNING = 7, "warning";
        /// An error was logged meanwhile.
        ERROR = 8, "error";
        /// Signed by an operator.
        SIGNED = 9, "signed";
        /// Invoiced by an operator.
        INVOICED = 10, "invoiced";
        /// The last of a series, such as before a new tenant.
        END_OF_SERIES = 11, "endOfSeries";
        /// The power failed meanwhile.
        POWER_FAILURE = 12, "powerFailure";
        /// Invoiced, and confirmed by who pays.
        INVOICE_CONFIRMED = 13, "invoiceConfirmed";
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// IOT-02: the specification lists which periods are others too.
    #[test]
    fn longer_periods_are_shorter_ones_too() {
        for (stored, wanted) in [
            (Kinds::HISTORICAL_MINUTE, Kinds::HISTORICAL_SECOND),
            (Kinds::HISTORICAL_HOUR, Kinds::HISTORICAL_SECOND),
            (Kinds::HISTORICAL_WEEK, Kinds::HISTORICAL_DAY),
            (Kinds::HISTORICAL_MONTH, Kinds::HISTORICAL_HOUR),
            (Kinds::HISTORICAL_QUARTER, Kinds::HISTORICAL_MONTH),
            (Kinds::HISTORICAL_YEAR, Kinds::HISTORICAL_QUARTER),
        ] {
            assert!(wanted.want(stored), "{stored}");
            assert!(!stored.want(wanted), "{wanted}");
        }
        assert!(!Kinds::HISTORICAL_WEEK.want(Kinds::HISTORICAL_YEAR));
        assert!(!Kinds::HISTORICAL_SECOND.want(Kinds::HISTORICAL_OTHER));
        assert!(
            Kinds::HISTORICAL_OTHER.want(Kinds::HISTORICAL_DAY) && !Kinds::HISTORICAL_OTHER.want(Kinds::PEAK)
        );
        assert_eq!(Kinds::HISTORICAL.names().count(), 9);
        assert!(Kinds::HISTORICAL.names().all(|name| name.starts_with("historical")));
    }

    #[test]
    fn sets_say_what_they_hold() {
        let set = Quality::MISSING | Quality::WARNING;
        assert_eq!(format!("{set:?}"), "Quality(missing warning)");
        assert!(
            set.contains(Quality::MISSING) && !set.contains(Quality::ALL) && set.intersects(Quality::ALL)
        );
        assert!(Quality::NONE.is_empty() && Quality::NONE.to_string().is_empty());
    }
}
