(** What a program needs of a system, and whether the system has it. *)

type need = string option * string
(** A kind of channel, if the operation is on one, and an operation, as the
    protocol names them: [(Some "bounded", "try_send")], [(None, "sleep")]. *)

val of_program : Meaning.Dialect.t -> Meaning.Program.t -> need list
(** Each once. Where a program tells a process that the other side has gone
    without a drop, it needs the drop all the same: where a channel has handles
    on one side alone, and where a process may fail, under this dialect, that
    has the last handle of a side. *)

type rule = {
  kinds : string list;  (** Of these kinds; of all, if there are none. *)
  ops : string list;  (** These operations; all, if there are none. *)
  why : string;
}
(** What a system has not. *)

val all_but : string list -> string list
(** [all_but kinds] is every other kind of channel. *)

val missing : rule list -> need list -> string option
(** Why a system with these rules cannot do it: the reason of the first rule
    that matches a need. *)
