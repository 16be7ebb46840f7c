//! What a service, and the model behind it, can be asked for: found out from what it refuses and from what it answers,
//! whatever status it uses. Pure: told what happened, it says what to ask for next.
//!
//! Three things count as ignorance of a form: words that speak of the form; the same failure without words, as often as the
//! form is tried, while an easier form holds; and answers that cannot be read or may not stand again and again. Time-outs and the
//! statuses that mean "not now" do not.

use serde::{Deserialize, Serialize};

/// Ways of asking for an answer, the strictest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum AnswerForm {
    /// Several documents a question, `response_format` with a JSON schema.
    Schema,
    /// The same with any JSON object.
    Object,
    /// The same, the form in words only.
    Words,
    /// One document a question, a short prompt, and an answer that is the text: what small models hold.
    Single,
}

/// Which parts of the protocol the service takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Form {
    /// The way in which the answer is asked for.
    pub(super) answer: AnswerForm,
    /// True when the older name of the limit is used, which all but OpenAI's newest models know.
    pub(super) max_tokens: bool,
}

impl Form {
    /// The form that is tried first.
    pub(super) const STRICTEST: Form = Form {
        answer: AnswerForm::Schema,
        max_tokens: true,
    };
}

impl AnswerForm {
    fn easier(self) -> Option<Self> {
        match self {
            AnswerForm::Schema => Some(AnswerForm::Object),
            AnswerForm::Object => Some(AnswerForm::Words),
            AnswerForm::Words => Some(AnswerForm::Single),
            AnswerForm::Single => None,
        }
    }

    /// Returns the words for `check`.
    pub(super) fn told(self) -> &'static str {
        match self {
            AnswerForm::Schema => "several documents a question, answers by JSON schema",
            AnswerForm::Object => "several documents a question, answers as JSON objects",
            AnswerForm::Words => "several documents a question, answers as JSON asked for in words",
            AnswerForm::Single => "one document a question, answers as plain text",
        }
    }
}

/// Unreadable answers in a row after which a form is given up: one is an accident.
const UNREADABLE: u32 = 2;
/// Texts by which a form is judged, and the share of them, in quarters, that may not stand when it is given up.
const JUDGED: usize = 6;
const QUARTERS_REFUSED: usize = 3;

/// What is known of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FormState {
    form: Form,
    /// An answer came in it.
    proven: bool,
    /// The form that was left after a failure without words.
    doubted: Option<AnswerForm>,
    /// The easier form that then held, while the doubted one is tried once more.
    held: Option<AnswerForm>,
    /// Answers in a row that could not be read.
    unreadable: u32,
    /// Texts that were judged in this form, and how many of them may not stand.
    judged: (usize, usize),
}

impl Default for FormState {
    fn default() -> Self {
        FormState::of(Form::STRICTEST, false)
    }
}

impl FormState {
    /// Begins with a form; a remembered one is proven.
    pub(super) fn of(form: Form, proven: bool) -> Self {
        FormState {
            form,
            proven,
            doubted: None,
            held: None,
            unreadable: 0,
            judged: (0, 0),
        }
    }

    /// Returns the form to ask in.
    pub(super) fn form(&self) -> Form {
        self.form
    }

    /// Returns the form when it is known to hold.
    pub(super) fn proven(&self) -> Option<Form> {
        (self.proven && self.doubted.is_none()).then_some(self.form)
    }

    /// Asks in this form from now on.
    pub(super) fn step_to(&mut self, answer: AnswerForm) {
        let form = Form {
            answer,
            ..self.form
        };
        *self = FormState::of(form, false);
    }

    /// Notes that a form is unknown to the service, which said `said`. Returns true when another is to be tried.
    pub(super) fn unknown(&mut self, asked: Form, said: &str) -> bool {
        if asked != self.form {
            // Another question has found it out.
            return true;
        }
        // A service that goes through a whole request names the limit, too.
        let of_the_limit = said.contains("max_tokens") && !said.contains("response_format");
        if of_the_limit && asked.max_tokens {
            self.form.max_tokens = false;
            return true;
        }
        match asked.answer {
            AnswerForm::Words | AnswerForm::Single => {
                // Nothing of the form is left that could be unknown: it is something else.
                *self = FormState::default();
                false
            }
            answer => {
                self.step_to(answer.easier().unwrap_or(answer));
                true
            }
        }
    }

    /// Notes that a question was too long. Returns true when shorter ones are to be tried.
    pub(super) fn too_long(&mut self, asked: Form) -> bool {
        if self.form.answer != AnswerForm::Single {
            self.step_to(AnswerForm::Single);
            self.proven = true;
        }
        asked.answer != AnswerForm::Single
    }

    /// Notes a failure that says nothing. Returns true when it is known now to have been the form.
    pub(super) fn unexplained(&mut self, asked: Form) -> bool {
        if asked != self.form || self.proven {
            return false;
        }
        if let Some(held) = self.held {
            self.step_to(held);
            self.proven = true;
            return true;
        }
        match asked.answer {
            AnswerForm::Schema | AnswerForm::Object => {
                self.doubted = self.doubted.or(Some(asked.answer));
                self.form.answer = asked.answer.easier().unwrap_or(asked.answer);
            }
            // It fails in any form, so that it is not the form.
            AnswerForm::Words | AnswerForm::Single => {
                let strictest = self.doubted.unwrap_or(asked.answer);
                self.step_to(strictest);
            }
        }
        false
    }

    /// Notes an answer that could be read.
    pub(super) fn answered(&mut self, asked: Form) {
        if asked != self.form {
            return;
        }
        self.unreadable = 0;
        match (self.doubted, self.held) {
            (Some(doubted), None) => {
                self.held = Some(asked.answer);
                self.form.answer = doubted;
                self.proven = false;
            }
            _ => {
                (self.doubted, self.held) = (None, None);
                // One answer in plain words proves nothing of what the model can: its texts do.
                self.proven = asked.answer != AnswerForm::Single || self.proven;
            }
        }
    }

    /// Notes an answer that cannot be read. Returns true when an easier form is tried from now on.
    pub(super) fn unreadable(&mut self, asked: Form) -> bool {
        if asked != self.form {
            return true;
        }
        self.unreadable += 1;
        let easier = asked.answer.easier();
        match easier.filter(|_| self.unreadable >= UNREADABLE) {
            Some(easier) => {
                self.step_to(easier);
                true
            }
            None => false,
        }
    }

    /// Notes how many texts of an answer may not stand, after they were asked for twice. Returns true when an easier form is tried
    /// from now on.
    pub(super) fn judged(&mut self, asked: AnswerForm, texts: usize, refused: usize) -> bool {
        if asked != self.form.answer {
            return asked < self.form.answer;
        }
        self.judged.0 += texts;
        self.judged.1 += refused;
        let (texts, refused) = self.judged;
        let fails = texts >= JUDGED && refused * 4 >= texts * QUARTERS_REFUSED;
        if asked == AnswerForm::Single {
            self.proven |= refused < texts;
            return false;
        }
        if fails {
            self.step_to(AnswerForm::Single);
        }
        fails
    }

    /// Returns true when not even single texts may stand: this model cannot write them.
    pub(super) fn is_hopeless(&self) -> bool {
        let (texts, refused) = self.judged;
        self.form.answer == AnswerForm::Single && texts >= JUDGED && refused == texts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(answer: AnswerForm) -> Form {
        Form {
            answer,
            max_tokens: true,
        }
    }

    #[test]
    fn a_form_that_is_refused_becomes_easier_until_nothing_of_it_is_left() {
        let mut state = FormState::default();
        assert!(state.unknown(state.form(), "Unsupported parameter: 'max_tokens'"));
        assert!(!state.form().max_tokens && state.form().answer == AnswerForm::Schema);
        assert!(state.unknown(state.form(), "response_format"));
        // A question that was under way finds that it is known.
        let late = form(AnswerForm::Schema);
        assert!(state.unknown(late, "response_format"));
        assert_eq!(state.form().answer, AnswerForm::Object);
        assert!(state.unknown(state.form(), "no"));
        assert_eq!(state.form().answer, AnswerForm::Words);
        assert!(!state.unknown(state.form(), "no such model"));
        assert_eq!(state.form(), Form::STRICTEST);
    }

    #[test]
    fn a_failure_without_words_is_the_form_only_if_it_comes_back_with_it() {
        // The service does not know a schema, and says nothing.
        let mut state = FormState::default();
        assert!(!state.unexplained(form(AnswerForm::Schema)));
        state.answered(form(AnswerForm::Object));
        assert_eq!(state.form().answer, AnswerForm::Schema);
        assert!(state.unexplained(form(AnswerForm::Schema)));
        assert_eq!(state.proven(), Some(form(AnswerForm::Object)));

        // It was an accident.
        let mut state = FormState::default();
        state.unexplained(form(AnswerForm::Schema));
        state.answered(form(AnswerForm::Object));
        assert_eq!(state.proven(), None);
        state.answered(form(AnswerForm::Schema));
        assert_eq!(state.proven(), Some(form(AnswerForm::Schema)));
        // What was proven is not doubted again.
        assert!(!state.unexplained(form(AnswerForm::Schema)));
        assert_eq!(state.form().answer, AnswerForm::Schema);

        // It fails whatever it is asked.
        let mut state = FormState::default();
        for answer in [AnswerForm::Schema, AnswerForm::Object, AnswerForm::Words] {
            assert!(!state.unexplained(form(answer)));
        }
        assert_eq!(state.form().answer, AnswerForm::Schema);
    }

    #[test]
    fn answers_that_cannot_be_read_or_may_not_stand_ask_for_an_easier_form() {
        let mut state = FormState::default();
        state.answered(form(AnswerForm::Schema));
        assert!(!state.unreadable(form(AnswerForm::Schema)));
        assert!(state.unreadable(form(AnswerForm::Schema)));
        assert_eq!(state.form().answer, AnswerForm::Object);
        // Now and then one is no reason.
        for _ in 0..9 {
            assert!(!state.unreadable(form(AnswerForm::Object)));
            state.answered(form(AnswerForm::Object));
        }
        assert!(!state.judged(AnswerForm::Object, 5, 5));
        assert!(state.judged(AnswerForm::Object, 3, 1));
        assert_eq!(state.form().answer, AnswerForm::Single);
        state.answered(form(AnswerForm::Single));
        assert_eq!(state.proven(), None);
        for _ in 0..6 {
            assert!(!state.is_hopeless());
            state.judged(AnswerForm::Single, 1, 1);
        }
        assert!(state.is_hopeless());
        state.judged(AnswerForm::Single, 1, 0);
        assert!(!state.is_hopeless() && state.proven().is_some());
    }

    #[test]
    fn a_question_that_is_too_long_is_asked_for_one_document_at_a_time() {
        let mut state = FormState::default();
        assert!(state.too_long(form(AnswerForm::Schema)));
        assert_eq!(state.proven(), Some(form(AnswerForm::Single)));
        assert!(!state.too_long(form(AnswerForm::Single)));
    }
}
