(** A library of channels, as programs use it. *)

(** An arm of a select. *)
type 'channel arm = Give of 'channel * int | Take of 'channel

module type S = sig
  type 'a io
  (** What takes its time: the value itself, for which a thread waits, or a
      promise of it. *)

  type channel

  val about : About.t

  val channel : Meaning.Program.kind -> channel
  (** Of the kinds that the system has. *)

  (** Each of these may raise {!Answer.Fails}, and raises {!Answer.Lacks} where
      the system has no such operation. *)

  val send : channel -> int -> Answer.t io
  val recv : channel -> Answer.t io
  val try_send : channel -> int -> Answer.t
  val try_recv : channel -> Answer.t

  val select : channel arm list -> (int * Answer.t) io
  (** Which arm, from 1, and its answer. *)

  val select_or_default : channel arm list -> (int * Answer.t) option
  val close : channel -> Answer.t

  val release : channel -> unit
  (** Meets all that wait here, so that their threads can end. Promises that
      wait need no such thing: they are left to the collector. *)
end
