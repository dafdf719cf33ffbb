//! Every step from every status.

use quotes_core::life::{Refused, Status, Step, next};

#[test]
fn who_may_go_where() {
    use Refused::{Locked, NotAccepted, NotLocked, NotSent};
    let steps = [Step::Edit, Step::Send, Step::Accept, Step::Book, Step::StartVersion];
    let table = [
        (
            "draft",
            [Ok(("draft", 3)), Ok(("sent", 3)), Err(NotSent), Err(NotAccepted), Err(NotLocked)],
        ),
        (
            "sent",
            [
                Ok(("updated", 4)),
                Ok(("sent", 3)),
                Ok(("accepted", 3)),
                Err(NotAccepted),
                Err(NotLocked),
            ],
        ),
        (
            "updated",
            [Ok(("updated", 3)), Ok(("sent", 3)), Err(NotSent), Err(NotAccepted), Err(NotLocked)],
        ),
        (
            "accepted",
            [Err(Locked), Err(Locked), Ok(("accepted", 3)), Ok(("booked", 3)), Ok(("updated", 4))],
        ),
        ("booked", [Err(Locked), Err(Locked), Err(Locked), Ok(("booked", 3)), Ok(("updated", 4))]),
        (
            "parked",
            [Ok(("parked", 3)), Ok(("sent", 3)), Err(NotSent), Err(NotAccepted), Err(NotLocked)],
        ),
    ];
    for (from, expected) in table {
        for (step, expected) in steps.into_iter().zip(expected) {
            let expected = expected.map(|(word, version)| (Status::parse(word), version));
            assert_eq!(next(&Status::parse(from), 3, step), expected, "{from} {step:?}");
        }
    }
}
