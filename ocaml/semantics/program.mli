(** A channel program: channels, and processes that are lists of operations.

    The same as the JSON form, which {!Program_json} reads. *)

type kind =
  | Rendezvous  (** No buffer: a send and a receive meet. *)
  | Bounded of int  (** A buffer of so many places, one at least. *)
  | Unbounded  (** A buffer that is never full. *)
  | Oneshot  (** One message, once. *)
  | Mvar  (** One place: a send puts, a receive takes. *)
  | Watch  (** The latest value. *)
  | Broadcast of int
      (** Every message for every receiver; so many are kept, one at least. *)

type side = Sender | Receiver

type value =
  | Number of int
  | Name of string  (** What a receive has bound to this name. *)

type transfer =
  | Send of { channel : string; value : value }
  | Recv of { channel : string; bind : string option }

type operation =
  | Wait of { transfer : transfer; within : int option }
  | Try of transfer
  | Select of {
      arms : transfer list;
      biased : bool;
      default : bool;
      after : int option;
    }
  | Each of { channel : string; bind : string option; body : operation list }
  | Repeat of { times : int; body : operation list }
  | Close of string
  | Drop of string * side
  | Clone of string * side
  | Start of { future : string; transfer : transfer }
  | Await of string
  | Cancel of string
  | Reserve of { channel : string; permit : string }
  | Fulfil of { permit : string; value : value }
  | Release of string
  | Sleep of int
  | Spawn of string
  | Join of string

type process = { name : string; operations : operation list }

type t = {
  name : string;
  shows : string;
  channels : (string * kind) list;
  processes : process list;
  observe : string list;  (** All of them, if it is empty. *)
}

val channel_of : transfer -> string

val body : operation -> operation list
(** What stands inside an [Each] or a [Repeat]; nothing in the others. *)

val within : operation list -> operation list
(** All operations, those of the bodies too, in the order of the text. *)

val numbered : int -> operation list -> (int * operation) list
(** [numbered first operations] gives each its number in the text, if [first]
    is the number of the first one. What stands in a body counts: the first
    operation of a body has the number after that of its [Each] or [Repeat]. *)

val uses : operation -> (string * side) list
(** The sides of channels that an operation itself uses a handle of. *)

val handles : process -> (string * side) list
(** The sides of which a process owns a handle from the beginning. *)

val spawned : t -> string list
(** The processes that do not begin with the program. *)
