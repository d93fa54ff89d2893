(** The table of the values that are on their way through a channel.

    Rust carries tokens; what they stand for lies here, where the collector
    sees it. A channel has its own table, so whatever is queued is collected
    with the channel, and a value that holds its own channel keeps neither
    alive. Any number of threads and domains may use a table at once.

    Cost: no lock. The table grows to the most that was ever on its way at a
    time, two words for each, and does not shrink. *)

type 'a t

(** [create ()] is an empty table. *)
val create : unit -> 'a t

(** [put t x] is a token for [x]. *)
val put : 'a t -> 'a -> int

(** [take t token] is [Some x], [token] being what [put t x] was; [token] is
    then free for another. Taking a token that is free is a fault of the
    caller, and is [None] at best. *)
val take : 'a t -> int -> 'a option

(** [used t] counts the tokens that are not free, while nobody uses [t]. *)
val used : 'a t -> int
