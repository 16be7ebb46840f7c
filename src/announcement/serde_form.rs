//! The JSON form of an announcement: one object whose key `kind` names the key that holds its body.

use jiff::Timestamp;
use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize, Serializer};

use super::{Announcement, Body, Draft, GroupNews, IesgAction, LastCall, Meeting, Notice, Rfc};

/// The keys as they are read, before the body of the kind is chosen.
#[derive(Deserialize)]
pub(super) struct AnnouncementForm {
    kind: String,
    list: Option<String>,
    message_id: Option<String>,
    date: Option<Timestamp>,
    subject: String,
    draft: Option<Draft>,
    rfc: Option<Rfc>,
    last_call: Option<LastCall>,
    action: Option<IesgAction>,
    group: Option<GroupNews>,
    meeting: Option<Meeting>,
    notice: Option<Notice>,
}

/// Writes field by field and without a copy: every announcement that is stored passes here.
impl Serialize for Announcement {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let kind = self.body.kind();
        let mut object = serializer.serialize_struct("Announcement", 6)?;
        object.serialize_field("kind", kind)?;
        object.serialize_field("list", &self.list)?;
        object.serialize_field("message_id", &self.message_id)?;
        object.serialize_field("date", &self.date)?;
        object.serialize_field("subject", &self.subject)?;
        match &self.body {
            Body::Draft(body) => object.serialize_field(kind, body)?,
            Body::Rfc(body) => object.serialize_field(kind, body)?,
            Body::LastCall(body) => object.serialize_field(kind, body)?,
            Body::Action(body) => object.serialize_field(kind, body)?,
            Body::Group(body) => object.serialize_field(kind, body)?,
            Body::Meeting(body) => object.serialize_field(kind, body)?,
            Body::Notice(body) => object.serialize_field(kind, body)?,
        }
        object.end()
    }
}

impl TryFrom<AnnouncementForm> for Announcement {
    type Error = String;

    fn try_from(form: AnnouncementForm) -> Result<Self, String> {
        let body = match form.kind.as_str() {
            "draft" => form.draft.map(Body::Draft),
            "rfc" => form.rfc.map(Body::Rfc),
            "last_call" => form.last_call.map(Body::LastCall),
            "action" => form.action.map(Body::Action),
            "group" => form.group.map(Body::Group),
            "meeting" => form.meeting.map(Body::Meeting),
            "notice" => form.notice.map(Body::Notice),
            _ => None,
        };
        Ok(Announcement {
            list: form.list,
            message_id: form.message_id,
            date: form.date,
            subject: form.subject,
            body: body.ok_or_else(|| format!("kind `{}` without its body", form.kind))?,
        })
    }
}
