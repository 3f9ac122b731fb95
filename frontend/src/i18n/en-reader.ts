/** Words that only an opened message needs: they come with it. */
export const enReader = {
  'unsubscribe.is': 'This is from a mailing list.',
  'unsubscribe.do': 'Unsubscribe',
  'unsubscribe.title': 'Leave this list?',
  'unsubscribe.byClick':
    'Your server asks {target} to take you off the list. Who runs the list learns that this message was read, and nothing else of you.',
  'unsubscribe.byMail': 'A message to {target} asks to be taken off the list. You see it before it is sent.',
  'unsubscribe.byPage': 'A page of {target} opens in a new tab, where you can leave the list.',
  'unsubscribe.go': 'Go on',
  'unsubscribe.working': 'Asking {target}…',
  'unsubscribe.done': '{target} was asked to take you off the list',
  'unsubscribe.was': 'You have asked to be taken off this list.',
  'unsubscribe.failed': '{target} did not take the request.',
  'unsubscribe.unreached': '{target} does not answer.',
  'unsubscribe.later': 'You have left many lists within an hour. Try again later.',
  'unsubscribe.offline': 'You are offline: nobody was asked.',
  'unsubscribe.openPage': 'Open its page',
  'unsubscribe.write': 'Write to it',

  'marks.label': 'Words of your search',
  'marks.count_one': '{count} place found here',
  'marks.count_other': '{count} places found here',
  'marks.count': '{count} places found here',
  'marks.hide': 'Hide marks',
  'marks.show': 'Show marks',
};
