(** Reading a case's input, with errors that say where and what. *)

exception Bad_input of string
(** What stands where, and what was expected there. *)

type t
(** A JSON value and the place where it stands. *)

val of_json : Yojson.Safe.t -> t
val field : string -> (t -> 'a) -> t -> 'a

val optional : string -> (t -> 'a) -> t -> 'a option
(** [optional key read] is [None] where the key is absent. *)

val nullable : (t -> 'a) -> t -> 'a option
val list : (t -> 'a) -> t -> 'a list
val int : t -> int

val natural : t -> int
(** An integer that is not negative. *)

val string : t -> string
val bool : t -> bool

val one_of : (string * 'a) list -> t -> 'a
(** A string of the table stands for its value. *)

val for_tasks : t -> bool
(** Whether the case says that its roles are tasks. *)
