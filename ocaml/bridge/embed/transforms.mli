(** What a {!Relay} does to each message. *)

(** By name:

    - [reverse]: the bytes in the opposite order;
    - [square]: of an integer, as OCaml writes one, the square; raises [Failure]
      on other text, and where the square is no [int]. *)
val all : (string * (string -> string)) list
