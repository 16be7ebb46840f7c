//! What does not fit together: SEARCH ends sessions that FETCH does not, and more messages are told of than are shown.

use std::time::Duration;

use crate::views::{at_search, skip};
use crate::virtual_time::{Run, mails, with};

#[tokio::test(start_paused = true)]
async fn a_search_that_ends_each_session_is_left() {
    let mails = mails(6);
    for said in ["* BYE Internal error\r\n", ""] {
        let server = with(&mails[..2]).await;
        skip(&server);
        server.deliver(mails[2].clone());
        let run = Run::start(server, "");
        run.holds(3).await;
        // It works at first, and then no more.
        at_search(&run.server, said);
        for (count, mail) in mails[3..].iter().enumerate() {
            skip(&run.server);
            run.server.deliver(mail.clone());
            let took = run.holds(4 + count).await;
            assert!(took < Duration::from_secs(150), "{took:?}");
        }
        assert_eq!(run.server.model().logins, 3);
        run.end().await;
    }
}
