(** A thread of OCaml's between two channels of Rust's. *)

(** [relay request] receives messages, transforms each, and sends what comes of
    it, until there are no more or nobody wants more. A thread of OCaml's does
    so; the caller waits for its end.

    [request] is the number of the stage, which says what the channels are, a
    space, and the name of the transform (see {!Transforms}). It is how many
    messages were passed on, or what went wrong: a kind, a colon and a space,
    and a message. The kind is [bad_input] where there is no such transform, and
    [exception] where it raised; that ends the thread. *)
val relay : string -> (string, string) result
