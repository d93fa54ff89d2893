(** The definition as a service: JSON in, JSON out. *)

val answer : Yojson.Safe.t -> (Yojson.Safe.t, string * string) result
(** [answer request] is [{"outcomes": […], "states": n}] for a request
    [{"program": …, "dialect": {…}, "time": "exact" or "race", "limit": n}], of
    which only [program] must be there. The members of [dialect] are those of
    {!Dialect.t}; what is left out is the strictest. More states than [limit]
    (a million, if it is left out) are an error, not a shorter answer.

    An error is a kind and a message: [bad_input] or [limit]. *)

val run_json : string -> (string, string) result
(** The same as texts. The text of an error is [{"kind": …, "message": …}]; an
    exception, such as for want of memory, is one of the kind [exception]. *)
