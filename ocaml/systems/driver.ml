(** How the processes of a program are run side by side. *)

module type S = sig
  type 'a io
  type run
  type future

  val return : 'a -> 'a io
  val bind : 'a io -> ('a -> 'b io) -> 'b io

  val attempt : (unit -> 'a io) -> (exn -> 'a io) -> 'a io
  (** [attempt f handle] is [f ()], or what [handle] makes of its exception. *)

  val journal : run -> Journal.t

  (** Processes are known by their places in the journal. *)

  val gate : run -> int -> number:int -> unit io
  (** Before an operation: waits until it may begin. *)

  val leave : run -> int -> unit
  (** After an operation. *)

  val sleep : run -> int -> int -> unit io
  (** [sleep run process duration] *)

  val spawn : run -> int -> unit
  val join : run -> int -> unit io

  val within : run -> int -> int -> (unit -> Answer.t io) -> Answer.t io
  (** [within run process duration operation] *)

  val start : (unit -> Answer.t io) -> future
  val await : future -> Answer.t io
  val cancel : future -> Answer.t
end
