//! The form that a service and its model were found to take, remembered in the archive: what costs refusals to find out is found
//! out once, and again after a while, because services learn.

use serde::{Deserialize, Serialize};
use tracing::warn;

use super::form::{Form, FormState};
use super::{Llm, lock};
use crate::clock::Day;

/// Days after which a form is found out anew: a service is brought up to date every few weeks.
const GOOD_FOR: i64 = 30;

#[derive(Debug, Serialize, Deserialize)]
struct RememberedForm {
    #[serde(flatten)]
    form: Form,
    since: Day,
}

impl Llm {
    fn note_name(&self) -> String {
        format!("model-form {}", self.client.name())
    }

    /// Begins with the form that is remembered, unless it is old; the first time only. An archive that cannot be read remembers
    /// nothing.
    pub(super) async fn recall_form(&self) {
        if lock(&self.remembered).is_some() {
            return;
        }
        let note = self.archive.daemon_note(&self.note_name()).await;
        let note = note.unwrap_or_else(|why| {
            warn!(%why, "the form that the model takes cannot be read");
            None
        });
        let known = note.and_then(|note| serde_json::from_str::<RememberedForm>(&note).ok());
        let known = known.filter(|known| {
            let age = self.clock.today().since(known.since);
            (0..GOOD_FOR).contains(&age)
        });
        let mut remembered = lock(&self.remembered);
        if remembered.is_none() {
            let form = known.map(|known| known.form);
            *remembered = Some(form);
            if let Some(form) = form {
                *self.client.form_state() = FormState::of(form, true);
            }
        }
    }

    /// Writes down a form that holds, when it is another than the one that is remembered.
    pub(super) async fn remember_form(&self) {
        let Some(form) = self.client.form_state().proven() else {
            return;
        };
        if lock(&self.remembered).replace(Some(form)) == Some(Some(form)) {
            return;
        }
        let since = self.clock.today();
        let kept = match serde_json::to_string(&RememberedForm { form, since }) {
            Ok(text) => self.archive.set_daemon_note(&self.note_name(), text).await,
            Err(_) => return,
        };
        if let Err(why) = kept {
            warn!(%why, "the form that the model takes cannot be kept");
        }
    }
}
