(** A channel with a close between domains, over {!Domains.Chan}.

    [Domainslib.Chan] has a buffer of any capacity but no close, and no choice
    to build one with. So a server domain owns the state and takes requests
    from one channel; each request carries the channel for its reply, and the
    reply is held back while the request has to wait. Use {!Domains.Chan}
    itself wherever nothing needs to be closed.

    Invariants: only the server touches the state; senders and receivers never
    wait at the same time; each request is answered once, waiting ones in the
    order of their coming.

    Cost: one domain a channel (OCaml 5 allows 128 in all) and two messages an
    operation. Where {!Domains.available} is an error, [create] raises. *)

include Closeable.S
