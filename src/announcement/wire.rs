//! The JSON form of an announcement: one object whose key `kind` names the key that holds its body.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Action, Announcement, Body, Draft, GroupNews, LastCall, Meeting, Notice, Rfc};

#[derive(Serialize, Deserialize)]
pub(super) struct Wire {
    kind: String,
    list: Option<String>,
    message_id: Option<String>,
    date: Option<Timestamp>,
    subject: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    draft: Option<Draft>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rfc: Option<Rfc>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_call: Option<LastCall>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    action: Option<Action>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    group: Option<GroupNews>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    meeting: Option<Meeting>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    notice: Option<Notice>,
}

impl From<Announcement> for Wire {
    fn from(announcement: Announcement) -> Self {
        let mut wire = Wire {
            kind: announcement.body.kind().to_owned(),
            list: announcement.list,
            message_id: announcement.message_id,
            date: announcement.date,
            subject: announcement.subject,
            draft: None,
            rfc: None,
            last_call: None,
            action: None,
            group: None,
            meeting: None,
            notice: None,
        };
        match announcement.body {
            Body::Draft(body) => wire.draft = Some(body),
            Body::Rfc(body) => wire.rfc = Some(body),
            Body::LastCall(body) => wire.last_call = Some(body),
            Body::Action(body) => wire.action = Some(body),
            Body::Group(body) => wire.group = Some(body),
            Body::Meeting(body) => wire.meeting = Some(body),
            Body::Notice(body) => wire.notice = Some(body),
        }
        wire
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
