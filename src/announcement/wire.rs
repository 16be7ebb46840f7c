//! The JSON form of an announcement: one object whose key `kind` names the key that holds its body.

use jiff::Timestamp;
use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize, Serializer};

use super::{Action, Announcement, Body, Draft, GroupNews, LastCall, Meeting, Notice, Rfc};

#[derive(Deserialize)]
pub(super) struct Wire {
    kind: String,
    list: Option<String>,
    message_id: Option<String>,
    date: Option<Timestamp>,
    subject: String,
    #[serde(default)]
    draft: Option<Draft>,
    #[serde(default)]
    rfc: Option<Rfc>,
    #[serde(default)]
    last_call: Option<LastCall>,
    #[serde(default)]
    action: Option<Action>,
    #[serde(default)]
    group: Option<GroupNews>,
    #[serde(default)]
    meeting: Option<Meeting>,
    #[serde(default)]
    notice: Option<Notice>,
}

/// Field by field and without a copy: every announcement that is stored passes here.
impl Serialize for Announcement {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let kind = self.body.kind();
        let mut wire = serializer.serialize_struct("Announcement", 6)?;
        wire.serialize_field("kind", kind)?;
        wire.serialize_field("list", &self.list)?;
        wire.serialize_field("message_id", &self.message_id)?;
        wire.serialize_field("date", &self.date)?;
        wire.serialize_field("subject", &self.subject)?;
        match &self.body {
            Body::Draft(body) => wire.serialize_field(kind, body)?,
            Body::Rfc(body) => wire.serialize_field(kind, body)?,
            Body::LastCall(body) => wire.serialize_field(kind, body)?,
            Body::Action(body) => wire.serialize_field(kind, body)?,
            Body::Group(body) => wire.serialize_field(kind, body)?,
            Body::Meeting(body) => wire.serialize_field(kind, body)?,
            Body::Notice(body) => wire.serialize_field(kind, body)?,
        }
        wire.end()
    }
}

impl TryFrom<Wire> for Announcement {
    type Error = String;

    fn try_from(wire: Wire) -> Result<Self, String> {
        let body = match wire.kind.as_str() {
            "draft" => wire.draft.map(Body::Draft),
            "rfc" => wire.rfc.map(Body::Rfc),
            "last_call" => wire.last_call.map(Body::LastCall),
            "action" => wire.action.map(Body::Action),
            "group" => wire.group.map(Body::Group),
            "meeting" => wire.meeting.map(Body::Meeting),
            "notice" => wire.notice.map(Body::Notice),
            _ => None,
        };
        Ok(Announcement {
            list: wire.list,
            message_id: wire.message_id,
            date: wire.date,
            subject: wire.subject,
            body: body.ok_or_else(|| format!("kind `{}` without its body", wire.kind))?,
        })
    }
}
