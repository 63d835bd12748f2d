/** Words that say little about an English text, however often they occur. */
export const ENGLISH_STOP_WORDS: string[] = [
  "a", "about", "after", "all", "also", "an", "and", "are", "as", "at", "be", "because", "been", "before", "but", "by", "can",
  "could", "did", "do", "for", "from", "had", "has", "have", "he", "her", "him", "his", "i", "if", "in", "into", "is", "it", "its",
  "me", "my", "no", "not", "of", "on", "one", "or", "our", "out", "she", "so", "some", "than", "that", "the", "their", "them",
  "then", "there", "these", "they", "this", "to", "up", "was", "we", "were", "what", "when", "which", "who", "will", "with", "would",
  "you", "your",
];
