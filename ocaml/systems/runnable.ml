(** A system that takes part: programs can be run on it, and steered. *)

type t = {
  about : About.t;
  run : Meaning.Program.t -> seed:int -> Journal.outcome;
      (** Each run is decided by its seed, as far as the driver decides. *)
  steer :
    Meaning.Program.t ->
    Schedule.step list ->
    seed:int ->
    bool * Journal.outcome;
      (** Whether the schedule was followed, and what came out. *)
  worn : unit -> bool;  (** Whether threads were left behind. *)
}
