(** What systems do differently. *)

type where =
  | Always
  | Never
  | Narrow  (** On channels of capacity 0 and 1 (mvar and oneshot too). *)

type send_on_closed = Error | Fails | Waits
type close_twice = Already | Fail

type t = {
  fifo : where;  (** Who waits longest is served first, and not overtaken. *)
  hand_off : where;  (** Who waits is served in the step that allows it. *)
  send_on_closed : send_on_closed;
      (** It is [closed], its process fails, or it waits for ever. *)
  close_twice : close_twice;  (** It is [already], or its process fails. *)
  drop_closes : bool;
      (** A close is told the same where the drop of handles has shut or ended
          the channel before it. *)
  keeps_cancelled : bool;
      (** A cancelled receive gives its value back, else loses it. *)
  permit_outlives_close : bool;  (** A permit can be filled after a close. *)
  first_arm : bool;  (** Every select is biased. *)
}

let strictest =
  {
    fifo = Narrow;
    hand_off = Narrow;
    send_on_closed = Error;
    close_twice = Already;
    drop_closes = false;
    keeps_cancelled = true;
    permit_outlives_close = false;
    first_arm = false;
  }
