(** What the laboratory asks and a runner answers: one JSON object a line.

    Requests are [{"id", "op", …}]; answers carry the id of their request. *)

(** The libraries that the patterns are written for. *)
type library = Event | Lwt | Domainslib

(** Each with the name that the command line knows it by. *)
val libraries : (string * library) list

(** What follows an answer. *)
type next = Continue | Stop

(** [answer patterns library line] is the answer to one request, and whether
    it was the last. [patterns] are those that there are, by slug. It never
    raises: what goes wrong is an answer
    [{"id", "error": {"kind", "message"}}] of the kind

    - [protocol]: the line is no request (its id is [null] if it has none);
    - [unknown_pattern]: there is no such pattern;
    - [unsupported]: there is, but not on this library, or not here;
    - [bad_input]: the input is not what the pattern reads;
    - [deadlock]: nothing could run any more (on Lwt alone; elsewhere a
      deadlock is a hang, which the laboratory's deadline ends);
    - [exception]: any other exception, [Stack_overflow] and [Out_of_memory]
      included where OCaml can catch them. *)
val answer :
  (string * Entry.t) list -> library -> string -> Yojson.Safe.t * next

(** [ask patterns request] answers one request of a caller in the same process.
    [request] is one of the above, [hello] or [run], with a ["system"] in place
    of the id: [event], [lwt] or [domainslib]. [Ok] is the observation, or what
    [hello] says; [Error] is the object [{"kind", "message"}]; both are text. It
    never raises, and any number of threads may ask at once: those that ask Lwt
    wait for one another. *)
val ask : (string * Entry.t) list -> string -> (string, string) result
